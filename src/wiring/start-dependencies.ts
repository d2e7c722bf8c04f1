import type { BranchLayout } from '../domain/branch-layout.ts';
import { createRun } from '../runs/create-run.ts';
import type { RequestRunDependencies } from '../triggers/request-run.ts';
import { deliverWith } from './deliver.ts';
import type { TriggersSetting } from './triggers.ts';

/** What every run that is not found by a watcher is made with. */
export function startDependencies({
  config,
  logger,
  catalogue,
  parts,
}: Pick<TriggersSetting, 'config' | 'logger' | 'catalogue' | 'parts'>): Omit<RequestRunDependencies, 'db'> {
  return {
    findPipeline: (name) => catalogue.get(name),
    layoutOf: (name): BranchLayout => {
      const repository = config.repositories[name];
      return repository?.kind === 'svn' ? repository.layout : [];
    },
    sourceControlOf: parts.sources,
    createRun,
    deliverRun: deliverWith(parts),
    logger,
  };
}
