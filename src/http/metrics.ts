import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import { countRuns, countSteps, oldestQueuedSeconds } from '../store/counts.ts';
import type { HookSource } from '../store/hook-source.ts';
import { listWatchers } from '../store/list-watchers.ts';
import type { HttpDependencies } from './dependencies.ts';
import { workerGauges } from './worker-gauges.ts';

export interface Metrics {
  countHook(source: HookSource, answer: 'stored' | 'known' | 'denied'): void;
  observeRequest(labels: { method: string; route: string; status: number }, seconds: number): void;
  /** The text that Prometheus reads; asks database and queue. */
  render(): Promise<{ contentType: string; text: string }>;
}

export function createMetrics(dependencies: HttpDependencies): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  stateGauges(registry, dependencies);
  const hooks = new Counter({
    name: 'trunkline_hooks_total',
    help: 'Hooks that this server answered, by source and answer',
    labelNames: ['source', 'answer'],
    registers: [registry],
  });
  const requests = new Histogram({
    name: 'trunkline_http_request_seconds',
    help: 'Time to answer, by route and status',
    labelNames: ['method', 'route', 'status'],
    buckets: [0.005, 0.02, 0.1, 0.5, 2, 10],
    registers: [registry],
  });
  return {
    countHook: (source, answer) => hooks.inc({ source, answer }),
    observeRequest: (labels, seconds) => requests.observe(labels, seconds),
    render: async () => ({ contentType: registry.contentType, text: await registry.metrics() }),
  };
}

/** Read from the database at each scrape, so that every server tells the same and a restart forgets nothing. */
function stateGauges(registry: Registry, { db, queueDepth, seenDisk }: HttpDependencies): void {
  const registers = [registry];
  new Gauge({
    name: 'trunkline_runs',
    help: 'Stored runs by pipeline and status (state, or outcome once ended)',
    labelNames: ['pipeline', 'status'],
    registers,
    async collect() {
      this.reset();
      for (const { pipeline, state, outcome, runs } of await countRuns(db)) {
        this.set({ pipeline, status: outcome ?? state }, runs);
      }
    },
  });
  new Gauge({
    name: 'trunkline_steps',
    help: 'Stored steps by kind and status',
    labelNames: ['kind', 'status'],
    registers,
    async collect() {
      this.reset();
      for (const { kind, state, outcome, steps } of await countSteps(db)) {
        this.set({ kind, status: outcome ?? state }, steps);
      }
    },
  });
  queueGauges(registers, { db, queueDepth });
  watcherGauges(registers, db);
  workerGauges(registers, { db, seenDisk });
}

function queueGauges(
  registers: Registry[],
  { db, queueDepth }: Pick<HttpDependencies, 'db' | 'queueDepth'>,
): void {
  new Gauge({
    name: 'trunkline_queue_depth',
    help: 'Jobs that wait in the queue',
    registers,
    async collect() {
      this.set(await queueDepth());
    },
  });
  new Gauge({
    name: 'trunkline_queue_oldest_seconds',
    help: 'How long the oldest queued run has waited',
    registers,
    async collect() {
      this.set(await oldestQueuedSeconds(db));
    },
  });
}

function watcherGauges(registers: Registry[], db: HttpDependencies['db']): void {
  const labelNames = ['repository'];
  new Gauge({
    name: 'trunkline_watcher_failing',
    help: '1 while a repository cannot be read',
    labelNames,
    registers,
    async collect() {
      this.reset();
      for (const { repository, state } of await listWatchers(db)) {
        this.set({ repository }, state === 'failing' ? 1 : 0);
      }
    },
  });
  new Gauge({
    name: 'trunkline_watcher_lag_seconds',
    help: 'Time since a repository was last read',
    labelNames,
    registers,
    async collect() {
      this.reset();
      for (const { repository, polled_at } of await listWatchers(db)) {
        if (polled_at !== null) this.set({ repository }, (Date.now() - polled_at.getTime()) / 1000);
      }
    },
  });
}
