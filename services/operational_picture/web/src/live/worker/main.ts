/** The stream worker: keeps the picture from line and memory, and tells the page what changed: urgent news at once. */
import type { Picture, PictureFrame, PictureHeartbeat } from "@/api/types";
import type { FromWorker, ToWorker } from "../messages";
import { Holding, type Change } from "./holding";
import { Line } from "./line";
import { Memory } from "./memory";
import type { StreamEvent } from "./sse";

declare const self: DedicatedWorkerGlobalScope;

const FLUSH_MS = 1000;
const KEEP_MS = 15_000;
const holding = new Holding();
const tell = (report: FromWorker): void => self.postMessage(report);
/** Ids of what changed since the page was last told. */
const touched = new Set<string>();
const moved = new Set<string>();

let memory: Memory | null = null;
let line: Line | null = null;
let timer: ReturnType<typeof setTimeout> | undefined;
let asOf = "";
let heardAt = 0;
let keptAt = 0;

/** Keeping a copy may fail (disk full, store deleted by hand); the live picture goes on. */
const keep = (write: Promise<void> | undefined): void => void write?.catch(() => undefined);

function takeSnapshot(picture: Picture): void {
  if (holding.isOlder(picture)) return takeFrame({ ...picture, removed: [] });
  forgetBatch();
  holding.replace(picture);
  asOf = picture.as_of;
  keep(memory?.replace(picture, heardAt));
  tell({ type: "reset", kept: false, picture, heardAt });
}

function takeFrame(frame: PictureFrame): void {
  // A frame of another epoch means the server started anew: only a snapshot can be trusted now.
  if (frame.epoch !== holding.epoch) return line?.restart();
  const change = holding.merge(frame);
  asOf = frame.as_of;
  change.changed.forEach((feature) => touched.add(feature.id));
  change.removed.forEach((id) => touched.add(id));
  change.positions.forEach((position) => moved.add(position.id));
  if (change.urgent) flush();
  else timer ??= setTimeout(flush, FLUSH_MS);
}

/** Within one batch a feature may change twice or vanish: only what is true at the end is told. */
function collect(): Change {
  const change: Change = { changed: [], removed: [], positions: [] };
  for (const id of touched) {
    const feature = holding.features.get(id);
    if (feature) change.changed.push(feature);
    else change.removed.push(id);
  }
  for (const id of moved) change.positions.push(holding.positions.get(id)!);
  return change;
}

function forgetBatch(): void {
  clearTimeout(timer);
  timer = undefined;
  touched.clear();
  moved.clear();
}

function flush(): void {
  const change = collect();
  forgetBatch();
  const at = { epoch: holding.epoch, seq: holding.seq, heardAt, asOf };
  keep(memory?.add(change, at));
  keptAt = heardAt;
  tell({ type: "diff", ...at, ...change });
}

function takeBeat(beat: PictureHeartbeat): void {
  asOf = beat.as_of;
  tell({ type: "beat", seq: beat.seq, asOf, heardAt, lagSeconds: beat.lag_seconds, sites: beat.sites });
  // Even when nothing happens the copy must know until when it held, or a reload would show it as too old.
  if (heardAt - keptAt > KEEP_MS) flush();
}

function takeEvent({ event, data }: StreamEvent): void {
  heardAt = Date.now();
  const body: unknown = JSON.parse(data);
  if (event === "snapshot") takeSnapshot(body as Picture);
  else if (event === "frame") takeFrame(body as PictureFrame);
  else if (event === "heartbeat") takeBeat(body as PictureHeartbeat);
}

async function start(account: string): Promise<void> {
  line?.stop();
  memory = await Memory.open(account);
  const kept = await memory?.read().catch(() => null);
  if (kept) {
    holding.replace(kept.picture);
    tell({ type: "reset", kept: true, ...kept });
  }
  line = new Line({
    cursor: () => holding.cursor,
    event: takeEvent,
    link: (state, since) => tell({ type: "link", state, since }),
    refused: (status) => tell({ type: "refused", status }),
  });
  await line.run();
}

async function stop(forget: boolean): Promise<void> {
  line?.stop();
  line = null;
  if (forget) await memory?.clear();
}

self.addEventListener("message", ({ data }: MessageEvent<ToWorker>) => {
  if (data.type === "start") void start(data.account);
  else if (data.type === "stop") void stop(data.forget);
  else line?.wake();
});
