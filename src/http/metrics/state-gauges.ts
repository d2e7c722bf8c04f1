import { Gauge, type Registry } from 'prom-client';
import { countOpenRuns, countOpenSteps, oldestQueuedSeconds } from '../../store/counts.ts';
import { listWatchers } from '../../store/list-watchers.ts';
import { notifierStandings } from '../../store/standing.ts';
import type { HttpDependencies } from '../dependencies.ts';
import { workerGauges } from './worker-gauges.ts';

interface GaugeFacts {
  name: string;
  help: string;
  labelNames?: string[];
  read(): Promise<{ labels?: Record<string, string>; value: number }[]>;
}

/** How things stand; asked for at each scrape, so that every server tells the same and a restart forgets nothing. */
export function registerStateGauges(registry: Registry, dependencies: HttpDependencies): void {
  workerGauges([registry], dependencies);
  for (const { read, ...facts } of [
    ...workGauges(dependencies),
    ...watcherGauges(dependencies),
    notifierGauge(dependencies),
  ]) {
    new Gauge({
      ...facts,
      registers: [registry],
      async collect() {
        const samples = await read();
        this.reset();
        for (const { labels = {}, value } of samples) this.set(labels, value);
      },
    });
  }
}

function workGauges({ db, queueDepth }: HttpDependencies): GaugeFacts[] {
  return [
    {
      name: 'trunkline_runs',
      help: 'Runs that have not ended, by pipeline and state',
      labelNames: ['pipeline', 'state'],
      read: async () =>
        (await countOpenRuns(db)).map(({ pipeline, state, runs }) => ({
          labels: { pipeline, state },
          value: runs,
        })),
    },
    {
      name: 'trunkline_steps',
      help: 'Steps of runs that have not ended, by kind and state',
      labelNames: ['kind', 'state'],
      read: async () =>
        (await countOpenSteps(db)).map(({ kind, state, steps }) => ({
          labels: { kind, state },
          value: steps,
        })),
    },
    {
      name: 'trunkline_queue_depth',
      help: 'Jobs that wait in the queue',
      read: async () => [{ value: await queueDepth() }],
    },
    {
      name: 'trunkline_queue_oldest_seconds',
      help: 'How long the oldest queued run has waited; 0 when none waits',
      read: async () => [{ value: await oldestQueuedSeconds(db) }],
    },
  ];
}

function notifierGauge({ db, config }: HttpDependencies): GaugeFacts {
  return {
    name: 'trunkline_notifier_refusals',
    help: 'How often in a row somebody under notify has not taken a message; 0: the last one was taken',
    labelNames: ['notifier'],
    read: async () =>
      (await notifierStandings(db, Object.keys(config.notify))).map(({ name, refusals }) => ({
        labels: { notifier: name },
        value: refusals,
      })),
  };
}

function watcherGauges({ db }: HttpDependencies): GaugeFacts[] {
  const labelNames = ['repository'];
  return [
    {
      name: 'trunkline_watcher_failing',
      help: '1 while a repository cannot be read',
      labelNames,
      read: async () =>
        (await listWatchers(db)).map(({ repository, state }) => ({
          labels: { repository },
          value: state === 'failing' ? 1 : 0,
        })),
    },
    {
      name: 'trunkline_watcher_lag_seconds',
      help: 'Time since a repository was last read',
      labelNames,
      read: async () =>
        (await listWatchers(db)).flatMap(({ repository, polled_at }) =>
          polled_at === null
            ? []
            : [{ labels: { repository }, value: (Date.now() - polled_at.getTime()) / 1000 }],
        ),
    },
    {
      name: 'trunkline_watcher_lag_revisions',
      help: 'Revisions of a Subversion repository that are known to be there and not read yet',
      labelNames,
      read: async () =>
        (await listWatchers(db)).flatMap(({ repository, behind }) =>
          behind === null ? [] : [{ labels: { repository }, value: behind }],
        ),
    },
  ];
}
