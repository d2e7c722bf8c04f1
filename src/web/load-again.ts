const mostReloads = 3;
const withinMs = 60_000;
const everyMs = 500;
const storageKey = 'trunkline-loaded-again';

/**
 * Loads the page again when a part of it could not be fetched: the network was switched in that moment, by a VPN or another
 * Wi-Fi, or the server is a newer one that has other parts. At most three times a minute; after that the error stays.
 * While no server answers it is waited for: what the browser would show instead of this page does not come back by itself.
 */
export function loadAgainWhenIncomplete(): void {
  let isComing = false;
  window.addEventListener('vite:preloadError', ({ payload }) => {
    if (!isComing && !mayLoadAgain()) return;
    // The router would load it again at once, whether or not there is a server.
    sessionStorage.setItem(`tanstack_router_reload:${payload.message}`, '1');
    if (isComing) return;
    isComing = true;
    void loadAgain();
  });
}

async function loadAgain(): Promise<void> {
  do await new Promise((resolve) => setTimeout(resolve, everyMs));
  while (!(await isThere()));
  location.reload();
}

function isThere(): Promise<boolean> {
  return fetch('/healthz', { cache: 'no-store' }).then(
    ({ ok }) => ok,
    () => false,
  );
}

/** Counts. False also where nothing can be kept: nobody would know when to stop. */
function mayLoadAgain(): boolean {
  try {
    const kept: unknown = JSON.parse(sessionStorage.getItem(storageKey) ?? '[]');
    const lately = (Array.isArray(kept) ? kept : []).filter((at) => Date.now() - Number(at) < withinMs);
    if (lately.length >= mostReloads) return false;
    sessionStorage.setItem(storageKey, JSON.stringify([...lately, Date.now()]));
    return true;
  } catch {
    return false;
  }
}
