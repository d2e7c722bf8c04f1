import { createHash, randomUUID } from 'node:crypto';
import type { ChangePlace } from '../domain/change.ts';
import type { LockedExternal } from '../domain/external.ts';
import type { Json } from '../domain/json.ts';
import { defaultParameters, parameterTexts } from '../domain/parameters.ts';
import {
  branchGroup,
  type Pipeline,
  priorities,
  type RunCause,
  type TriggerKind,
} from '../domain/pipeline.ts';
import { type RunTold, runValues } from '../domain/run-values.ts';
import { settleConditions, withoutConditions } from '../domain/step-conditions.ts';
import { stepsAtBegin } from '../domain/steps-at-begin.ts';
import { expandTemplate } from '../domain/template.ts';
import type { Db } from '../store/database.ts';
import { insertRun, makeAsOldAs } from '../store/insert-run.ts';
import { storeRunFiles, withoutTexts } from '../store/run-files.ts';
import type { RunTrigger } from '../store/schema.ts';
import { supersedeOlder } from '../store/superseding.ts';

/** Everything a run is made of; it is fixed here and used everywhere after. */
export interface RunRequest extends ChangePlace {
  /** The pipeline file as it is now. */
  pipeline: { name: string; source: string; pipeline: Pipeline };
  /** Decision 5: what makes it the same run; null for a request that is a run of its own. */
  identity: string | null;
  trigger: RunTrigger;
  requestedBy: string;
  /** Those that are given; the others have their defaults. */
  parameters: Record<string, Json>;
  eventId: string | null;
  /** The run of another pipeline whose end made it; absent for all others. */
  upstreamId?: string;
  /** Of a run by commits: what they touched; see `RunCause`. */
  touched?: RunCause['touched'];
  /** Of a repetition: what made the first run. */
  cause?: RunCause;
  /** What `svn:externals` bring into its tree; absent: fixed when the tree is fetched. */
  externals?: readonly LockedExternal[] | null;
  /** Default: nothing. */
  told?: RunTold;
}

/**
 * Stores a run and its steps within the caller's transaction; the caller delivers it after the commit.
 * @returns the id of the run, also when one with this identity was there before (`created: false`)
 */
export async function createRun(tx: Db, request: RunRequest): Promise<{ runId: string; created: boolean }> {
  const defaults = defaultParameters(request.pipeline.pipeline.parameters ?? []);
  const parameters = { ...defaults, ...request.parameters };
  const pipeline = settledPipeline({ ...request, parameters });
  const group = concurrencyGroup({ ...request, parameters });
  const atBegin = stepsAtBegin(pipeline.steps);
  const { row, created } = await insertRun(
    tx,
    {
      id: randomUUID(),
      pipeline: request.pipeline.name,
      pipeline_source: request.pipeline.source,
      definition: JSON.stringify(withoutTexts(pipeline)),
      repository: request.repository,
      generation: request.generation,
      branch: request.branch,
      move: request.move,
      revision: request.revision,
      author: request.author,
      committed_at: request.committedAt,
      message: request.message,
      identity: request.identity,
      trigger: request.trigger,
      requested_by: request.requestedBy,
      parameters: JSON.stringify(parameters),
      externals: request.externals ? JSON.stringify(request.externals) : null,
      event_id: request.eventId,
      upstream_id: request.upstreamId ?? null,
      told: JSON.stringify(toldOf(request)),
      concurrency_group: group,
      priority: priorities.indexOf(pipeline.priority ?? 'normal'),
      runs_on: pipeline.runsOn ?? [],
    },
    pipeline.steps.map(({ id, kind }) => ({ id, kind, beginsWithRun: atBegin.has(id) })),
  );
  if (created) await storeRunFiles(tx, row.id, pipeline.files ?? []);
  if (created && request.upstreamId !== undefined) await makeAsOldAs(tx, row.id, request.upstreamId);
  const { cancelInProgress = false, limit = 1 } = pipeline.concurrency;
  if (created && cancelInProgress) await supersedeOlder(tx, { ...row, group, limit });
  return { runId: row.id, created };
}

/** A retry takes over what was decided for the run that it continues; a rollback, correction or promotion is wished for as it is. */
function settledPipeline(request: RunRequest): Pipeline {
  const { trigger, branch, parameters, touched = {}, cause, pipeline } = request;
  if (trigger === 'retry') return pipeline.pipeline;
  if (isWishedFor(trigger)) return withoutConditions(pipeline.pipeline);
  const first = cause ?? { trigger: firstTriggers[trigger], touched };
  return settleConditions(pipeline.pipeline, { ...first, branch, parameters });
}

type WishedFor = 'rollback' | 'promotion' | 'correction';

function isWishedFor(trigger: RunTrigger): trigger is WishedFor {
  return trigger === 'rollback' || trigger === 'promotion' || trigger === 'correction';
}

const firstTriggers: Record<Exclude<RunTrigger, 'retry' | WishedFor>, TriggerKind> = {
  commit: 'commit',
  'merge-request': 'merge-request',
  'gitlab-pipeline': 'gitlab-pipeline',
  'branch-created': 'branch-created',
  'branch-deleted': 'branch-deleted',
  tag: 'tag',
  schedule: 'schedule',
  pipeline: 'pipeline',
  api: 'api',
  rerun: 'api',
};

/** A repetition has been told what the first run was. */
function toldOf({ trigger, told }: RunRequest): RunTold {
  return { trigger, ...told };
}

/**
 * Groups are kept apart per pipeline: `${branch}` in two files does not make their runs wait for each other. So are the
 * runs of a branch and those of a merge request of it, unless the file has another group: none stands for the other. Those of
 * forks always are.
 */
function concurrencyGroup(request: RunRequest): string {
  const { pipeline } = request.pipeline;
  const { repository, branch, revision, author } = request;
  const told = toldOf(request);
  const parameters = parameterTexts(request.parameters);
  const place = { repository, branch, revision, author, told, parameters };
  const run = { ...place, pipeline: request.pipeline.name, number: null };
  const group = expandTemplate(pipeline.concurrency.group, runValues(run));
  const isByBranch = pipeline.concurrency.group === branchGroup || told.request?.isFork === true;
  const isApart = isByBranch && told.request !== undefined;
  const ofRequest = isApart ? `, merge request ${told.request?.number}` : '';
  return groupName(`${request.pipeline.name}/${group}${ofRequest}`);
}

/** In bytes: what authors and parameters bring may be longer than any index takes. */
const longestGroup = 1_500;

/** A group of a name that is too long has its beginning, and its sum. */
function groupName(whole: string): string {
  if (Buffer.byteLength(whole) <= longestGroup) return whole;
  return `${whole.slice(0, 100).toWellFormed()}… ${createHash('sha256').update(whole).digest('hex')}`;
}
