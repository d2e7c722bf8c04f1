import type { AppliedRollout } from '../../clusters/cluster.ts';
import type { ScrapeWish } from '../../clusters/cluster-scraping.ts';
import { askScraped } from '../../clusters/prometheus/ask-scraped.ts';
import { isOnItsWay, type PodScrape, unscrapedText } from '../../domain/scrape.ts';
import type { Deployment } from './deployment.ts';

/** What Prometheus knows of the new pods. */
export type ScrapeLook =
  /** It scrapes all of them. */
  | { state: 'complete' }
  /**
   * Not all that are meant to be scraped: one line says which, and why, as far as that can be seen. `isOnItsWay`: it
   * may be that it has only not come to them yet.
   */
  | { state: 'missing'; text: string; isOnItsWay: boolean }
  /** Nothing asks it to scrape them; or it cannot be asked, which is told by whoever asks it for more than this. */
  | { state: 'unknown' };

export async function lookAtScraping(
  deployment: Deployment,
  applied: AppliedRollout,
  signal: AbortSignal,
): Promise<ScrapeLook> {
  const { cluster, environment } = deployment;
  if (environment.prometheus === null || environment.cluster.kind !== 'kubernetes')
    return { state: 'unknown' };
  const workloads = applied.workloads.map(({ name }) => name);
  const deployIds = applied.workloads.flatMap(({ deployId }) => deployId ?? []);
  const found = (await cluster.scraping?.read({ workloads, deployIds }, signal)) ?? null;
  if (found === null) return { state: 'unknown' };
  const { namespace } = environment.cluster;
  const scrapes = await askScraped(environment.prometheus, { namespace, pods: found.pods }, signal);
  return scrapes === null ? { state: 'unknown' } : toLook(scrapes, found.wishes);
}

function toLook(scrapes: readonly PodScrape[], wishes: readonly ScrapeWish[]): ScrapeLook {
  const text = unscrapedText(scrapes);
  if (text === undefined) return { state: scrapes.length === 0 ? 'unknown' : 'complete' };
  // Where nothing asks for it, one that is a target tells that the others are meant to be.
  const isMeant = wishes.length > 0 || scrapes.some(({ state }) => !['absent', 'unknown'].includes(state));
  if (!isMeant) return { state: 'unknown' };
  const reasons = reasonsOf(wishes);
  const waits = scrapes.filter(({ state }) => state !== 'up').every(isOnItsWay) && reasons === '';
  return { state: 'missing', text: `${text}${reasons}`, isOnItsWay: waits };
}

/** Only where none of them is as it should be: one that is, is enough. */
function reasonsOf(wishes: readonly ScrapeWish[]): string {
  const reasons = wishes.flatMap(({ by, mismatch }) => (mismatch === null ? [] : [`${by}: ${mismatch}`]));
  return reasons.length > 0 && reasons.length === wishes.length ? ` (${reasons.join('; ')})` : '';
}
