import type { AppliedRollout } from '../../clusters/cluster.ts';
import type { ScrapeWish } from '../../clusters/cluster-scraping.ts';
import { askScraped } from '../../clusters/prometheus/ask-scraped.ts';
import { isOnItsWay, unscrapedText } from '../../domain/scrape.ts';
import type { Deployment } from './deployment.ts';

/** Pods that are meant to be scraped and are not. */
export interface Unscraped {
  /** One line: which, and why, as far as that can be seen. */
  text: string;
  /** Whether it may be that Prometheus has only not come to them yet. */
  isOnItsWay: boolean;
}

/**
 * Why what Prometheus knows of the new pods is not all that there is to know. Undefined: it scrapes them; nothing asks
 * it to; or it cannot be asked, which is told by whoever asks it for more than this.
 */
export async function unscraped(
  deployment: Deployment,
  applied: AppliedRollout,
  signal: AbortSignal,
): Promise<Unscraped | undefined> {
  const { cluster, environment } = deployment;
  if (environment.prometheus === null || environment.cluster.kind !== 'kubernetes') return undefined;
  const workloads = applied.workloads.map(({ name }) => name);
  const deployIds = applied.workloads.flatMap(({ deployId }) => deployId ?? []);
  const found = (await cluster.scraping?.read({ workloads, deployIds }, signal)) ?? null;
  if (found === null) return undefined;
  const { namespace } = environment.cluster;
  const scrapes = await askScraped(environment.prometheus, { namespace, pods: found.pods }, signal);
  const text = unscrapedText(scrapes ?? []);
  // Where nothing asks for it, one that is a target tells that the others are meant to be.
  const isMeant =
    found.wishes.length > 0 || scrapes?.some(({ state }) => !['absent', 'unknown'].includes(state));
  if (text === undefined || scrapes === null || !isMeant) return undefined;
  const reasons = reasonsOf(found.wishes);
  const waits = scrapes.filter(({ state }) => state !== 'up').every(isOnItsWay) && reasons === '';
  return { text: `${text}${reasons}`, isOnItsWay: waits };
}

/** Only where none of them is as it should be: one that is, is enough. */
function reasonsOf(wishes: readonly ScrapeWish[]): string {
  const reasons = wishes.flatMap(({ by, mismatch }) => (mismatch === null ? [] : [`${by}: ${mismatch}`]));
  return reasons.length > 0 && reasons.length === wishes.length ? ` (${reasons.join('; ')})` : '';
}
