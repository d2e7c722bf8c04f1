import type { Timestamp } from './column-types.ts';

export interface WorkerTable {
  id: string;
  host: string;
  pid: number;
  version: string;
  concurrency: number;
  state: 'starting' | 'ready' | 'draining' | 'gone';
  started_at: Timestamp;
  seen_at: Timestamp;
}
