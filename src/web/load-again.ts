const mostReloads = 3;
const withinMs = 60_000;
const afterMs = 500;
const storageKey = 'trunkline-loaded-again';

/**
 * Loads the page again when a part of it could not be fetched: the network was switched in that moment, by a VPN or another
 * Wi-Fi, or the server is a newer one that has other parts. At most three times a minute; after that the error stays.
 */
export function loadAgainWhenIncomplete(): void {
  let isComing = false;
  window.addEventListener('vite:preloadError', () => {
    if (isComing || !mayLoadAgain()) return;
    isComing = true;
    setTimeout(() => location.reload(), afterMs);
  });
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
