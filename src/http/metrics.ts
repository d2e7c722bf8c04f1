import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { HookSource } from '../store/hook-source.ts';
import type { HttpDependencies } from './dependencies.ts';
import { registerEndedTotals } from './metrics/ended-totals.ts';
import { registerStateGauges } from './metrics/state-gauges.ts';

export interface MetricsText {
  contentType: string;
  text: string;
}

export interface Metrics {
  countHook(source: HookSource, answer: 'stored' | 'known' | 'denied'): void;
  observeRequest(labels: { method: string; route: string; status: number }, seconds: number): void;
  /** The text that Prometheus reads; asks database and queue. */
  render(): Promise<MetricsText>;
}

/**
 * How often the event loop's delay is looked at; `nodejs_eventloop_lag_*` but the plain one counts that pause in. At the usual
 * 10 ms the looks are half of what an idle server costs.
 */
const loopLookMs = 100;

export function createMetrics(dependencies: HttpDependencies): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry, eventLoopMonitoringPrecision: loopLookMs });
  registerStateGauges(registry, dependencies);
  const ended = registerEndedTotals(registry, dependencies.db);
  new Gauge({
    name: 'trunkline_build_info',
    help: '1; the label tells the version of this server',
    labelNames: ['version'],
    registers: [registry],
  }).set({ version: dependencies.version }, 1);
  const hooks = new Counter({
    name: 'trunkline_hooks_total',
    help: 'Hooks that this server answered, by source and answer',
    labelNames: ['source', 'answer'],
    registers: [registry],
  });
  const requests = new Histogram({
    name: 'trunkline_http_request_duration_seconds',
    help: 'Time to answer, by route and status',
    labelNames: ['method', 'route', 'status'],
    buckets: [0.005, 0.02, 0.1, 0.5, 2, 10],
    registers: [registry],
  });
  return {
    countHook: (source, answer) => hooks.inc({ source, answer }),
    observeRequest: (labels, seconds) => requests.observe(labels, seconds),
    async render() {
      await ended.read();
      const text = `${await registry.metrics()}${ended.histograms()}`;
      return { contentType: registry.contentType, text };
    },
  };
}
