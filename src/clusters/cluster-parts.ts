import type { ClusterDns } from './cluster-dns.ts';
import type { ClusterDrift } from './cluster-drift.ts';
import type { ClusterJobs } from './cluster-jobs.ts';
import type { ClusterLeftovers } from './cluster-leftovers.ts';
import type { ClusterScraping } from './cluster-scraping.ts';
import type { ClusterServices } from './cluster-services.ts';
import type { ClusterUsage } from './cluster-usage.ts';

/** What not every engine has. */
export interface ClusterParts {
  /** null: the engine runs none. */
  readonly jobs: ClusterJobs | null;
  /** null: the engine prunes nothing. */
  readonly leftovers: ClusterLeftovers | null;
  /** null: the engine keeps no record of who changes what. */
  readonly drift: ClusterDrift | null;
  /** null: the engine does not tell what its pods take. */
  readonly usage: ClusterUsage | null;
  /** null: the engine knows nothing of Prometheus. */
  readonly scraping: ClusterScraping | null;
  /** null: the engine lets nobody ask through its services. */
  readonly services: ClusterServices | null;
  /** null: the engine's own DNS has nothing to be set. */
  readonly dns: ClusterDns | null;
}
