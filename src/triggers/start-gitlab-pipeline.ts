import { z } from 'zod';
import {
  branchOfGitlabPipeline,
  decideGitlabPipeline,
  gitlabPipelineRefusal,
  isGitlabEnd,
} from '../domain/gitlab-pipeline.ts';
import { keptGitlabPipeline } from '../domain/stored-event.ts';
import { endEvent } from '../store/events.ts';
import type { StartEvent } from '../store/start-events.ts';
import { startToldCommit, type ToldDependencies } from './start-told-commit.ts';

/** As `ToldNews` of a pipeline of GitLab is stored. */
export const gitlabPipelineBody = keptGitlabPipeline.extend({
  revision: z.string(),
  by: z.string().nullable(),
});
type Told = z.output<typeof gitlabPipelineBody>;

/** Makes the runs of the commit that a pipeline of GitLab has run for. */
export async function startGitlabPipeline(
  dependencies: ToldDependencies,
  { event, told }: { event: StartEvent; told: Told },
  signal: AbortSignal,
): Promise<void> {
  const { id, status, revision, by } = told;
  const refusal = gitlabPipelineRefusal(told);
  if (refusal !== null || !isGitlabEnd(status)) {
    return endEvent(dependencies.db, event.id, { state: 'handled', error: refusal });
  }
  const gitlab = { id, status };
  const commit = {
    ...{ event, revision, by, what: `pipeline ${id} of GitLab` },
    trigger: 'gitlab-pipeline',
    branch: branchOfGitlabPipeline(told),
    told: { gitlab },
  } as const;
  return startToldCommit(
    dependencies,
    {
      ...commit,
      decide: (pipeline, change, hasSource) =>
        decideGitlabPipeline(pipeline, { ...change, gitlab }, hasSource),
    },
    signal,
  );
}
