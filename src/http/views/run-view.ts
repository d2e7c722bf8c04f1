import type { LockedExternal } from '../../domain/external.ts';
import type { JsonObject } from '../../domain/json.ts';
import type { Pipeline, StepDefinition } from '../../domain/pipeline.ts';
import { pipelinePlace } from '../../domain/pipeline-place.ts';
import { isAllowedFailure } from '../../domain/plan.ts';
import { readDecisions } from '../../store/approvals.ts';
import type { Db } from '../../store/database.ts';
import { decisionOfRun } from '../../store/decision-of-run.ts';
import { type DeploymentSummaryRow, deploymentsOfRun } from '../../store/list-deployments.ts';
import type { RunSummaryRow } from '../../store/list-runs.ts';
import { workloadOf } from '../../store/rollback-choices.ts';
import { type RunRow, readRun, readSteps, type StepRow } from '../../store/runs.ts';
import { triggeredRuns } from '../../store/triggered-runs.ts';
import { collapsedChanges } from '../../store/waiting-changes.ts';
import { withWaitReasons } from '../../store/waits-for-worker.ts';
import type { DeploymentView, Run, RunSummary } from '../schemas/run.ts';
import { iso } from '../schemas/shared.ts';
import { approvalView } from './approval-view.ts';

export function runSummary(row: RunSummaryRow): RunSummary {
  return {
    id: row.id,
    pipeline: row.pipeline,
    number: row.number,
    repository: row.repository,
    branch: row.branch,
    revision: row.revision,
    author: row.author,
    message: row.message,
    committedAt: iso(row.committed_at),
    trigger: row.trigger,
    requestedBy: row.requested_by,
    state: row.state,
    outcome: row.outcome,
    reason: row.reason,
    createdAt: iso(row.created_at),
    startedAt: iso(row.started_at),
    endedAt: iso(row.ended_at),
  };
}

/** Reads what belongs to a run and shows it whole. */
export async function viewRun(db: Db, row: RunRow): Promise<Run> {
  const [steps, triggered, deployments, decision, collapsed, upstream, approvals, [shown = row]] =
    await Promise.all([
      readSteps(db, row.id),
      triggeredRuns(db, row.id),
      deploymentsOfRun(db, row.id),
      decisionOfRun(db, row.id),
      collapsedChanges(db, row.id),
      row.upstream_id === null ? undefined : readRun(db, row.upstream_id),
      readDecisions(db, row.id),
      withWaitReasons(db, [row]),
    ]);
  const definitions = definitionsOf(row);
  return {
    ...runSummary(shown),
    parameters: row.parameters,
    externals: row.externals?.map(externalView) ?? null,
    pipelineFile: pipelinePlace(row.definition as unknown as Pipeline, {
      repository: row.repository,
      serverText: row.pipeline_source,
    }),
    files: filesView(row),
    logRemovedAt: iso(row.log_removed_at),
    cancel: cancelView(row),
    steps: steps.map((step) => ({
      ...stepView(step, definitions.get(step.id)),
      triggered: triggered.get(step.id) ?? null,
      approval: approvalView(definitions.get(step.id), step, approvals),
    })),
    images: steps.flatMap(imageView),
    deployments: deployments.map(deploymentView),
    why: {
      eventId: row.event_id,
      filters: decision?.filters ?? [],
      mergeRequest: row.told.request ?? null,
      collapsed,
      upstream: upstream === undefined ? null : pick(upstream),
    },
  };
}

function filesView({ definition }: RunRow): Run['files'] {
  const { files = [] } = definition as unknown as Pipeline;
  return files.map(({ text: _text, ...file }) => file);
}

function externalView({
  path,
  url,
  revision,
  isFloating,
}: LockedExternal): NonNullable<Run['externals']>[number] {
  return { path, url, revision, isPinned: !isFloating };
}

function pick({ id, pipeline, number }: RunRow): Run['why']['upstream'] {
  return { id, pipeline, number };
}

export function deploymentView(row: DeploymentSummaryRow): DeploymentView {
  return {
    id: row.id,
    runId: row.run_id,
    pipeline: row.pipeline,
    number: row.number,
    step: row.step_id,
    trigger: row.trigger,
    requestedBy: row.requested_by,
    author: row.author,
    message: row.message,
    environment: row.environment,
    target: row.target,
    workload: workloadOf(row.target),
    branch: row.branch,
    revision: row.revision,
    state: row.state,
    outcome: row.outcome,
    cause: row.cause,
    images: row.images,
    evidence: row.evidence,
    rollback: row.rollback,
    startedAt: iso(row.started_at),
    endedAt: iso(row.ended_at),
    canRollBackTo: row.can_roll_back_to,
  };
}

function cancelView(row: RunRow): Run['cancel'] {
  if (row.cancel_requested_at === null) return null;
  return {
    requestedAt: iso(row.cancel_requested_at),
    by: row.cancel_requested_by ?? 'unknown',
    rollout: row.cancel_rollout ?? 'roll-back',
  };
}

/** By step, as the pipeline's file had it when the run was made. */
function definitionsOf(row: RunRow): Map<string, StepDefinition> {
  const { steps } = row.definition as unknown as Pipeline;
  return new Map(steps.map((step) => [step.id, step]));
}

function stepView(
  row: StepRow,
  definition: StepDefinition | undefined,
): Omit<Run['steps'][number], 'approval' | 'triggered'> {
  return {
    id: row.id,
    kind: row.kind,
    needs: definition?.needs ?? [],
    runWhen: definition?.runWhen ?? 'on-success',
    isWarning: definition !== undefined && isAllowedFailure(definition, new Map([[row.id, row]])),
    state: row.state,
    outcome: row.outcome,
    reason: row.reason,
    attempt: row.attempt,
    startedAt: iso(row.started_at),
    endedAt: iso(row.ended_at),
    output: row.output,
    progress: row.progress,
  };
}

function imageView(row: StepRow): Run['images'] {
  if (row.kind !== 'push' || row.output === null) return [];
  const { repository, digest, tags } = row.output;
  if (typeof repository !== 'string' || typeof digest !== 'string') return [];
  return [{ step: row.id, reference: `${repository}@${digest}`, digest, tags: stringsIn(tags) }];
}

function stringsIn(value: JsonObject[string] | undefined): string[] {
  return Array.isArray(value) ? value.filter((entry) => typeof entry === 'string') : [];
}
