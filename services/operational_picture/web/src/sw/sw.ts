/**
 * Serves the page itself without a link: one build is cached whole, or the old one stays.
 * INVARIANT: nothing under /api is ever answered from here; the live picture has its own memory.
 */
export type {};
declare const self: ServiceWorkerGlobalScope;

const BUILD = "__BUILD__";
const FILES = "__PRECACHE__" as unknown as string[];
const CACHE = `yzt-page-${BUILD}`;

self.addEventListener("install", (event) => {
  event.waitUntil(caches.open(CACHE).then((cache) => cache.addAll(FILES)));
});

/** A new build waits until nobody uses the old one, or until a person asks for it: parts of two builds never mix. */
self.addEventListener("message", (event) => {
  if (event.data === "take-over") event.waitUntil(self.skipWaiting());
});

self.addEventListener("activate", (event) => {
  const outdated = caches.keys().then((names) =>
    Promise.all(names.filter((name) => name.startsWith("yzt-page-") && name !== CACHE).map((name) => caches.delete(name))),
  );
  event.waitUntil(outdated.then(() => self.clients.claim()));
});

/** The page is asked from the network first, so that an upgrade shows at once; its hashed parts come from the cache. */
async function page(request: Request): Promise<Response> {
  try {
    return await fetch(request, { signal: AbortSignal.timeout(4000) });
  } catch {
    return (await caches.match("/", { cacheName: CACHE })) ?? Response.error();
  }
}

async function part(request: Request): Promise<Response> {
  return (await caches.match(request, { cacheName: CACHE })) ?? fetch(request);
}

self.addEventListener("fetch", (event) => {
  const url = new URL(event.request.url);
  if (event.request.method !== "GET" || url.origin !== self.location.origin) return;
  if (event.request.mode === "navigate" && !url.pathname.startsWith("/api")) event.respondWith(page(event.request));
  else if (FILES.includes(url.pathname)) event.respondWith(part(event.request));
});
