import { Gauge, type Registry } from 'prom-client';
import { listWorkers } from '../../store/list-workers.ts';
import type { HttpDependencies } from '../dependencies.ts';

/** One that has been killed says nothing of it. */
const silentAfterMs = 60_000;

/** What the workers say of themselves; of those that are gone nothing. */
export function workerGauges(
  registers: Registry[],
  { db, seenDisk }: Pick<HttpDependencies, 'db' | 'seenDisk'>,
): void {
  const living = async () =>
    (await listWorkers(db)).filter(
      ({ state, seen_at }) => state !== 'gone' && seen_at.getTime() > Date.now() - silentAfterMs,
    );
  new Gauge({
    name: 'trunkline_workers',
    help: 'Workers that have given a sign of life within a minute, by state',
    labelNames: ['state'],
    registers,
    async collect() {
      this.reset();
      for (const { state } of await living()) this.inc({ state });
    },
  });
  new Gauge({
    name: 'trunkline_worker_disk_full',
    help: '1 while a worker takes no new runs because its disk is full',
    labelNames: ['worker', 'host'],
    registers,
    async collect() {
      this.reset();
      for (const { id, host, stopped_taking } of await living())
        this.set({ worker: id, host }, stopped_taking === null ? 0 : 1);
    },
  });
  new Gauge({
    name: 'trunkline_disk_used_percent',
    help: 'How full the disk of the data folder of this server is',
    registers,
    collect() {
      this.set(seenDisk().percentUsed ?? Number.NaN);
    },
  });
}
