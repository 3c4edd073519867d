/** Registers the offline cache where the browser allows one, and says when a new build waits. */
import { ref } from "vue";

export const newBuildWaits = ref(false);
/** A desk stays open for weeks: without asking, it would never hear of a new build. */
const ASK_MS = 30 * 60_000;
let waiting: ServiceWorker | null = null;

function watchInstall(registration: ServiceWorkerRegistration): void {
  const fresh = registration.installing;
  fresh?.addEventListener("statechange", () => {
    if (fresh.state !== "installed" || !navigator.serviceWorker.controller) return;
    waiting = fresh;
    newBuildWaits.value = true;
  });
}

export async function registerServiceWorker(): Promise<void> {
  if (!("serviceWorker" in navigator) || !import.meta.env.PROD) return;
  try {
    const registration = await navigator.serviceWorker.register("/sw.js", { type: "module" });
    registration.addEventListener("updatefound", () => watchInstall(registration));
    if (registration.waiting) {
      waiting = registration.waiting;
      newBuildWaits.value = true;
    }
    const ask = (): void => void registration.update().catch(() => undefined);
    setInterval(ask, ASK_MS);
    addEventListener("online", ask);
    await navigator.storage?.persist?.();
  } catch {
    // Without the cache the page still works on line; the banner about HTTPS names the usual reason.
  }
}

/** Only the tab that was asked reloads; what is typed elsewhere stays. */
export function takeNewBuild(): void {
  navigator.serviceWorker.addEventListener("controllerchange", () => location.reload(), { once: true });
  waiting?.postMessage("take-over");
}
