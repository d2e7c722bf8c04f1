import { z } from 'zod';
import { branchOfRef } from '../domain/git-names.ts';
import { decideMergeRequest, mergeRequestRefusal } from '../domain/merge-request.ts';
import { endEvent } from '../store/events.ts';
import type { StartEvent } from '../store/start-events.ts';
import { startToldCommit, type ToldDependencies } from './start-told-commit.ts';

/** As `ToldNews` of a merge request is stored. */
export const mergeRequestBody = z.object({
  kind: z.literal('merge-request'),
  number: z.int(),
  action: z.string(),
  source: z.string(),
  target: z.string(),
  isFork: z.boolean(),
  revision: z.string(),
  by: z.string().nullable(),
});
type Told = z.output<typeof mergeRequestBody>;

/** Makes the runs of a merge request's newest commit. */
export async function startMergeRequest(
  dependencies: ToldDependencies,
  { event, told }: { event: StartEvent; told: Told },
  signal: AbortSignal,
): Promise<void> {
  const refusal = mergeRequestRefusal(told);
  if (refusal !== null) {
    return endEvent(dependencies.db, event.id, { state: refusal.state, error: refusal.why });
  }
  const { number, source, target, revision, by } = told;
  const request = { number, source, target };
  const commit = {
    ...{ event, revision, by, what: `merge request ${number}` },
    trigger: 'merge-request',
    branch: branchOfRef(`refs/heads/${source}`),
    told: { request },
  } as const;
  return startToldCommit(
    dependencies,
    {
      ...commit,
      decide: (pipeline, { message }, hasSource) =>
        decideMergeRequest(pipeline, { request, message }, hasSource),
    },
    signal,
  );
}
