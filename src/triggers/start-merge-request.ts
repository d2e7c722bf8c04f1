import { z } from 'zod';
import { branchOfRef, branchOfRequest } from '../domain/git-names.ts';
import { decideMergeRequest, forkRefusal, mergeRequestRefusal, requestOf } from '../domain/merge-request.ts';
import type { Pipeline } from '../domain/pipeline.ts';
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
  retargetedFrom: z.string().optional(),
  isFork: z.boolean(),
  /** Absent in what was stored before those of forks were fetched. */
  ref: z.string().optional(),
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
    return endEvent(dependencies.db, event.id, { state: 'handled', error: refusal });
  }
  const { number, source, ref, revision, by } = told;
  const request = requestOf(told);
  const commit = {
    ...{ event, revision, by, what: `merge request ${number}` },
    trigger: 'merge-request',
    branch: request.isFork ? branchOfRequest(ref ?? '') : branchOfRef(`refs/heads/${source}`),
    told: { request },
    refusal: (pipelines: readonly Pipeline[]) => forkRefusal(request, pipelines),
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
