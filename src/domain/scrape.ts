/** Whether Prometheus scrapes a pod. */
export interface PodScrape {
  pod: string;
  /**
   * `down`: it tries, and gets no metrics. `pending`: it is about to. `absent`: it has no such target. `unknown`: it
   * has no metrics, and does not say why.
   */
  state: 'up' | 'down' | 'pending' | 'absent' | 'unknown';
  /** Of `down`: what it got instead. */
  error?: string;
}

/** More say the same again. */
const mostNames = 5;

/** Which new pods Prometheus does not scrape; undefined: it scrapes all. */
export function unscrapedText(pods: readonly PodScrape[]): string | undefined {
  const missing = pods.filter(({ state }) => state !== 'up');
  if (missing.length === 0) return undefined;
  const named = missing.slice(0, mostNames).map((one) => `${one.pod} ${stateText(one)}`);
  const more = missing.length > mostNames ? ` and ${missing.length - mostNames} more` : '';
  return `Prometheus scrapes ${pods.length - missing.length} of ${pods.length} new pods: ${named.join(', ')}${more}`;
}

/** Whether time alone may mend it. */
export function isOnItsWay({ state }: PodScrape): boolean {
  return state === 'pending' || state === 'unknown';
}

function stateText({ state, error }: PodScrape): string {
  if (state === 'down') return `gives it no metrics (${error || 'it does not say why'})`;
  if (state === 'absent') return 'is no target of it';
  return state === 'pending' ? 'is not scraped yet' : 'has no metrics there yet';
}
