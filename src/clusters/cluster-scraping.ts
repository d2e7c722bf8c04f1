import type { UsageOf } from './cluster-usage.ts';

/** How Prometheus comes to the pods of a version. Changes nothing, and is never a reason to fail. */
export interface ClusterScraping {
  /** @returns null: we may not look */
  read(of: UsageOf, signal: AbortSignal): Promise<Scraping | null>;
}

export interface Scraping {
  /** Those that are ready. */
  pods: PodAddress[];
  wishes: ScrapeWish[];
}

export interface PodAddress {
  name: string;
  address: string;
}

/** Something in the cluster that asks for pods to be scraped. */
export interface ScrapeWish {
  /** `servicemonitor/cart`, `the annotation prometheus.io/scrape of the pods`. */
  by: string;
  /** Why it comes to nothing, as far as that can be seen in the cluster; null: nothing is wrong with it. */
  mismatch: string | null;
}
