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
  event.waitUntil(caches.open(CACHE).then((cache) => cache.addAll(FILES.map((file) => new Request(file, { cache: "no-cache" })))));
});

/** A new build waits until nobody uses the old one, or until a person asks for it: parts of two builds never mix. */
self.addEventListener("message", (event) => {
  if (event.data === "take-over") event.waitUntil(self.skipWaiting());
});

self.addEventListener("activate", (event) => {
  event.waitUntil(dropOutdated().then(() => self.clients.claim()));
});

/** The build before this one stays: another tab may still show it and ask for a part that the server has no more. */
async function dropOutdated(): Promise<void> {
  const former = (await caches.keys()).filter((name) => name.startsWith("yzt-page-") && name !== CACHE);
  await Promise.all(former.slice(0, -1).map((name) => caches.delete(name)));
}

/**
 * The page always comes from this build's own cache: at once, without asking a network that may be silently cut, and
 * never mixed with parts of another build. A newer one is fetched beside it and offered.
 */
async function page(request: Request): Promise<Response> {
  return (await caches.match("/", { cacheName: CACHE })) ?? fetch(request);
}

async function part(request: Request): Promise<Response> {
  return (await caches.match(request, { cacheName: CACHE })) ?? (await caches.match(request)) ?? fetch(request);
}

self.addEventListener("fetch", (event) => {
  const url = new URL(event.request.url);
  if (event.request.method !== "GET" || url.origin !== self.location.origin) return;
  if (event.request.mode === "navigate") {
    // Other addresses (the certificate, the descriptions of the interface) are the server's own pages.
    if (url.pathname === "/") event.respondWith(page(event.request));
  } else if (FILES.includes(url.pathname) || url.pathname.startsWith("/assets/")) event.respondWith(part(event.request));
});
