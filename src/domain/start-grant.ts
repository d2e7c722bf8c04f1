import { pathFilter } from './path-filter.ts';
import type { Pipeline } from './pipeline.ts';
import type { Triggers } from './triggers.ts';

export interface StartWish {
  /** What has the trigger step, as it was when its run began; and as the server has it today, absent: not any more. */
  starter: { name: string; began: Pick<Pipeline, 'file'>; today: Pick<Pipeline, 'file'> | undefined };
  started: Pick<Pipeline, 'name' | 'on'>;
  /** Where it would run, as the starter does; null: in another repository, at its main branch. */
  place: { branch: string; target: string | undefined } | null;
}

/**
 * Why a trigger step may not start a pipeline; null: it may. The server's own steps may start any. A file in a repository is
 * written by whoever may commit there: it must not bring what has another pipeline's rights to a branch of its choice.
 */
export function startRefusal({ starter, started, place }: StartWish): string | null {
  if (starter.began.file === undefined && starter.today?.file === undefined) return null;
  const granted = starter.today?.file?.starts ?? [];
  if (!granted.includes(started.name))
    return `the steps of ${starter.name} are in its repository and may not start it: add it to 'file.starts' of ${starter.name} on the server`;
  if (place === null || acceptsPlace(started.on, place)) return null;
  return `nothing that starts ${started.name} by itself has 'branches' that let ${place.branch} pass`;
}

function acceptsPlace(on: Triggers, { branch, target }: NonNullable<StartWish['place']>): boolean {
  const ofBranch = [on.commit, on.gitlabPipeline, on.pipeline].filter((trigger) => trigger != null);
  const { mergeRequest } = on;
  if (ofBranch.length === 0 && mergeRequest === null) return true;
  if (ofBranch.some(({ branches }) => pathFilter(branches).matches(branch))) return true;
  return target !== undefined && mergeRequest !== null && pathFilter(mergeRequest.branches).matches(target);
}
