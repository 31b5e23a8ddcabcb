// Keeps the pages for receiving goods, and the files they are made of, so that they open without a net. Fresh from the net whenever it
// answers within a few seconds; nothing else of the shop is kept, and signing out forgets all of it.
const PAGES = "eshop-receiving-pages";
const FILES = "eshop-receiving-files";
const PATIENCE = 4000;

const kept = (path) => path === "/receive" || /^\/orders\/\d+\/receive$/.test(path);

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

const remember = async (store, request, response) => {
  const cache = await caches.open(store);
  // Sent on to the sign-in, or refused: what was kept is no longer this person's to see.
  if (response.redirected || !response.ok) await cache.delete(request, { ignoreSearch: true, ignoreVary: true });
  else await cache.put(request, response.clone());
  return response;
};

const fromNet = async (store, request) => remember(store, request, await fetch(request));

const freshOrKept = async (store, request, event) => {
  const asked = fromNet(store, request);
  event.waitUntil(asked.catch(() => null));
  const late = new Promise((resolve) => setTimeout(resolve, PATIENCE));
  try {
    const first = await Promise.race([asked, late]);
    if (first) return first;
  } catch {
    /* no net: what is kept, below */
  }
  const cache = await caches.open(store);
  return (await cache.match(request, { ignoreSearch: true, ignoreVary: true })) ?? asked;
};

self.addEventListener("fetch", (event) => {
  const request = event.request;
  const address = new URL(request.url);
  if (address.origin !== self.location.origin) return;
  if (address.pathname === "/sign-out") event.waitUntil(caches.delete(PAGES));
  if (request.method !== "GET") return;
  if (request.mode === "navigate" && kept(address.pathname)) event.respondWith(freshOrKept(PAGES, request, event));
  else if (address.pathname.startsWith("/static/")) event.respondWith(freshOrKept(FILES, request, event));
});

// The page tells which deliveries to keep; each is asked for once, one after the other, without touching the session.
const keep = async (addresses) => {
  const cache = await caches.open(PAGES);
  for (const address of addresses) {
    try {
      const response = await fetch(address, { headers: { "X-Keep": "1" }, credentials: "same-origin" });
      if (response.ok && !response.redirected) await cache.put(address, response);
    } catch {
      return;
    }
  }
};

self.addEventListener("message", (event) => {
  if (event.data?.forget) event.waitUntil(caches.delete(PAGES));
  if (event.data?.keep) event.waitUntil(keep(event.data.keep.filter((one) => kept(new URL(one, self.location).pathname))));
});
