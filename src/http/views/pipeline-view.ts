import type { CatalogueEntry } from '../../config/pipeline-catalogue.ts';
import type { Pipeline } from '../../domain/pipeline.ts';
import { nextTick } from '../../domain/schedule.ts';
import type { RecentRuns } from '../../store/list-runs.ts';
import type { PipelineView } from '../schemas/pipeline.ts';
import { iso } from '../schemas/shared.ts';
import { runSummary } from './run-view.ts';

/** Runs of a pipeline that lists show as a strip. */
export const stripLength = 20;

/** @param recent undefined: it never ran */
export function pipelineView(
  { name, pipeline }: CatalogueEntry,
  recent: RecentRuns | undefined,
): PipelineView {
  return {
    name,
    repository: pipeline.source.repository,
    path: pipeline.source.path,
    commit: pipeline.on.commit,
    mergeRequest: pipeline.on.mergeRequest,
    gitlabPipeline: pipeline.on.gitlabPipeline ?? null,
    branch: pipeline.on.branch,
    tag: pipeline.on.tag,
    schedule: scheduleView(pipeline),
    upstream: pipeline.on.pipeline,
    parameters: pipeline.parameters ?? [],
    stepsFile: pipeline.file?.path ?? null,
    steps: pipeline.steps.map(({ id, kind, needs, when, runWhen = 'on-success' }) => ({
      id,
      kind,
      needs,
      runWhen,
      isConditional: when !== undefined || pipeline.when !== undefined,
    })),
    latestRun: recent === undefined ? null : runSummary(recent.latest),
    recentRuns: (recent?.tiles ?? []).map((row) => ({
      id: row.id,
      number: row.number,
      state: row.state,
      outcome: row.outcome,
      startedAt: iso(row.started_at),
      endedAt: iso(row.ended_at),
    })),
  };
}

function scheduleView({ on: { schedule } }: Pipeline): PipelineView['schedule'] {
  return schedule && { ...schedule, next: iso(nextTick(schedule, new Date())) };
}
