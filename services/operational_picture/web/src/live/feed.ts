/** The page's end of the stream worker: starts it for an account, hands its reports to the picture store. */
import { usePicture } from "@/stores/picture";
import { useSession } from "@/stores/session";
import type { FromWorker, ToWorker } from "./messages";

let worker: Worker | null = null;
const say = (message: ToWorker): void => worker?.postMessage(message);

function open(): Worker {
  const fresh = new Worker(new URL("./worker/main.ts", import.meta.url), { type: "module", name: "picture" });
  const picture = usePicture();
  const session = useSession();
  fresh.addEventListener("message", ({ data }: MessageEvent<FromWorker>) => {
    if (data.type === "refused" && data.status === 401) session.ended();
    else picture.take(data);
  });
  addEventListener("online", () => say({ type: "wake" }));
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "visible") say({ type: "wake" });
  });
  return fresh;
}

/** Something else has reached the server: no reason to sit out the pause. */
export const wakeFeed = (): void => say({ type: "wake" });

export function startFeed(account: string): void {
  worker ??= open();
  say({ type: "start", account });
}

/** Logging out destroys the copy on this machine. */
export function stopFeed(forget: boolean): void {
  say({ type: "stop", forget });
}
