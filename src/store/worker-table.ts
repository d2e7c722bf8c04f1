import type { Generated } from 'kysely';
import type { Nullable, Timestamp } from './column-types.ts';

export interface WorkerTable {
  id: string;
  host: string;
  pid: number;
  version: string;
  concurrency: number;
  /** What runs may ask for with `runs-on`. */
  labels: Generated<string[]>;
  /** Somebody wants it to take no more runs; until its process is started anew. */
  is_drain_asked: Generated<boolean>;
  /** Why it takes no runs by its own choice; null: it does. */
  stopped_taking: Nullable<string>;
  state: 'starting' | 'ready' | 'draining' | 'gone';
  started_at: Timestamp;
  seen_at: Timestamp;
}
