import { findDecidable } from '../config/awaited-pipelines.ts';
import type { BranchLayout } from '../domain/branch-layout.ts';
import { createRun } from '../runs/create-run.ts';
import { redeliverRun } from '../runs/deliver-run.ts';
import { isWoken, wakeRun } from '../store/waiting-runs.ts';
import type { RequestRunDependencies } from '../triggers/request-run.ts';
import type { StarterOptions } from '../triggers/starter.ts';
import { deliverWith } from './deliver.ts';
import type { TriggersSetting } from './triggers.ts';

/** What every run that is not found by a watcher is made with. */
export function startDependencies({
  config,
  logger,
  catalogue,
  parts,
}: Pick<TriggersSetting, 'config' | 'logger' | 'catalogue' | 'parts'>): Omit<RequestRunDependencies, 'db'> &
  Pick<StarterOptions, 'wakeRun'> {
  const { store, queue } = parts;
  return {
    findPipeline: (name) => findDecidable(catalogue, name),
    layoutOf: (name): BranchLayout => {
      const repository = config.repositories[name];
      return repository?.kind === 'svn' ? repository.layout : [];
    },
    sourceControlOf: parts.sources,
    createRun,
    deliverRun: deliverWith(parts),
    logger,
    async wakeRun(runId) {
      try {
        await wakeRun(store.db, runId);
        if (await isWoken(store.db, runId)) await redeliverRun(store.db, queue, runId);
      } catch (error) {
        // It looks again by itself, a little later.
        logger.warn({ err: error, runId }, 'a run that waits not woken');
      }
    },
  };
}
