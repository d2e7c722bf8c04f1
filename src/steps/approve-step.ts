import { createHash } from 'node:crypto';
import {
  type ApprovalOutput,
  type ApprovalSubject,
  type GivenApproval,
  lastOfEach,
} from '../domain/approval.ts';
import { durationText } from '../domain/duration.ts';
import { stepRefusal } from '../domain/fork-limits.ts';
import type { JsonObject } from '../domain/json.ts';
import type { ApproveStep, DeployStep } from '../domain/pipeline.ts';
import { ancestorsOf } from '../domain/step-graph.ts';
import { manifestsOf } from '../domain/step-manifests.ts';
import { readBuildOutput, readPush } from '../domain/step-output.ts';
import { type ApprovalRow, readDecisionsOn } from '../store/approvals.ts';
import { readClock } from '../store/clock-put-back.ts';
import type { Db } from '../store/database.ts';
import type { ComingChangeReader } from './deploy/coming-changes.ts';
import { hashManifests } from './deploy/manifest-files.ts';
import type { ManualChangeReader } from './deploy/manual-changes.ts';
import type { StepContext, StepHandler, StepResult, StepWait } from './step-handler.ts';

/** What is to be approved, fixed when the step begins, so that people decide about what they have seen. */
export interface ApprovalJournal extends JsonObject {
  /** Lines that say what people have changed since the last deployment, which the coming one overwrites. */
  manualChanges: string[];
  /** Lines that say what the deploy steps after it would change. */
  changes?: string[];
  /** ISO 8601, by the clock of the database: those who wait, decide and look are on many machines. */
  until: string;
  subject: ApprovalSubject;
  fingerprint: string;
}

export function readApprovalJournal(journal: JsonObject | null | undefined): ApprovalJournal | undefined {
  return typeof journal?.fingerprint === 'string' ? (journal as ApprovalJournal) : undefined;
}

export interface ApproveDependencies {
  db: Db;
  /** What a later deploy step would overwrite; lines for people. */
  manualChanges: ManualChangeReader;
  /** What a later deploy step would change; lines for people. */
  comingChanges: ComingChangeReader;
}

/**
 * Waits for people. Their decisions are in the database (`decideApproval` stores them and wakes the run); those that
 * are about something else than what the run would go on with do not count.
 */
export function createApproveStep({ db, ...readers }: ApproveDependencies): StepHandler<'approve'> {
  return {
    async execute(step, context) {
      const now = await readClock(db);
      const entry = await entryOf(step, context, { ...readers, now });
      if ('refusal' in entry) return { outcome: 'failed', reason: String(entry.refusal) };
      const about = { runId: context.run.id, stepId: step.id, subject: entry.fingerprint };
      const decisions = lastOfEach(await readDecisionsOn(db, about), ({ who }) => who);
      return judge(step, { entry, context, decisions, now });
    },
  };
}

interface Decided {
  entry: ApprovalJournal;
  context: StepContext;
  decisions: ApprovalRow[];
  now: number;
}

function judge(step: ApproveStep, { entry, context, decisions, now }: Decided): StepResult | StepWait {
  const rejection = decisions.find(({ verdict }) => verdict === 'rejected');
  if (rejection !== undefined) return { outcome: 'rejected', reason: `rejected by ${told(rejection)}` };
  if (decisions.length >= step.count) {
    for (const decision of decisions) context.log.line(`approved by ${told(decision)}`);
    const output: ApprovalOutput = { ...entry.subject, approvals: decisions.map(toApproval) };
    return {
      outcome: 'succeeded',
      output,
      note: `approved by ${decisions.map(({ who }) => who).join(', ')}`,
    };
  }
  const wanted = `approval by ${step.by.join(' or ')}`;
  const count = step.count === 1 ? '' : ` (${decisions.length} of ${step.count})`;
  const until = new Date(entry.until);
  if (now < until.getTime()) {
    return { outcome: 'waiting', until, reason: `waiting for ${wanted}${count}` };
  }
  const limit = durationText(step.timeoutMs);
  return { outcome: 'timed-out', reason: `no ${wanted} within ${limit}${count}` };
}

/** What an earlier execution has fixed, unless the run would go on with other images by now. */
async function entryOf(
  step: ApproveStep,
  context: StepContext,
  { now, ...readers }: Readers & { now: number },
): Promise<ApprovalJournal | { refusal: string }> {
  const known = readApprovalJournal(context.journal.read());
  const images = imagesBefore(step, context);
  if (known !== undefined && fingerprintOf({ ...known.subject, images }) === known.fingerprint) return known;
  const manifests = known?.subject.manifests ?? (await manifestsAfter(step, context));
  if ('refusal' in manifests) return { refusal: String(manifests.refusal) };
  const subject: ApprovalSubject = { images, manifests };
  const until = known?.until ?? new Date(now + step.timeoutMs).toISOString();
  const told = await changesAfter(step, context, readers);
  const entry = { until, subject, fingerprint: fingerprintOf(subject), ...told };
  await context.journal.write(entry);
  if (known !== undefined) context.log.line('The images have changed: what was approved before is void.');
  announce(step, context, entry);
  return entry;
}

function announce(step: ApproveStep, { log }: StepContext, entry: ApprovalJournal): void {
  const { until, subject, manualChanges, changes = [] } = entry;
  if (step.message !== null) log.line(step.message);
  const people = step.count === 1 ? 'somebody' : `${step.count} people`;
  log.line(`Waiting until ${until} for ${people} with the role ${step.by.join(' or ')} to approve.`);
  for (const image of Object.values(subject.images)) log.line(`  ${image}`);
  for (const line of [...changes, ...manualChanges]) log.line(line);
}

type Readers = Omit<ApproveDependencies, 'db'>;

/** Of the deploy steps that wait for this one: each says what it would change, and what it would overwrite. */
async function changesAfter(
  step: ApproveStep,
  context: StepContext,
  { manualChanges, comingChanges }: Readers,
): Promise<{ changes: string[]; manualChanges: string[] }> {
  const { steps, run, signal } = context;
  // What is not deployed is not rehearsed either: strangers' manifests get nowhere near a cluster.
  if (stepRefusal('deploy', run.told) !== null) return { changes: [], manualChanges: [] };
  const deploys = steps.filter(
    (later) =>
      later.kind === 'deploy' && later.undoes === undefined && ancestorsOf(steps, later.id).has(step.id),
  ) as DeployStep[];
  const [changes, byHand] = await Promise.all([
    Promise.all(deploys.map((deploy) => comingChanges(deploy, context))),
    Promise.all(
      deploys.map(({ id, environment }) =>
        manualChanges({ environment, pipeline: run.pipeline, stepId: id }, signal),
      ),
    ),
  ]);
  return { changes: changes.flat(), manualChanges: byHand.flat() };
}

/** By step: pushed images by digest, others that were built by their id. */
function imagesBefore(step: ApproveStep, { steps, outputs }: StepContext): Record<string, string> {
  const images: Record<string, string> = {};
  const before = ancestorsOf(steps, step.id);
  const pushed = new Set<string>();
  for (const id of before) {
    const push = readPush(outputs.get(id));
    if (push === undefined) continue;
    images[id] = `${push.repository}@${push.digest}`;
    pushed.add(push.image);
  }
  for (const id of before) {
    const build = readBuildOutput(outputs.get(id));
    if (build !== undefined && !pushed.has(id)) images[id] = `${build.name}@${build.imageId}`;
  }
  return images;
}

/** By deploy or job step that waits for this one. The tree is that of one revision: it is asked for once. */
async function manifestsAfter(
  step: ApproveStep,
  context: StepContext,
): Promise<Record<string, string> | { refusal: string }> {
  const manifests: Record<string, string> = {};
  for (const deploy of context.steps) {
    const brought = manifestsOf(deploy);
    if (brought === null) continue;
    if (!ancestorsOf(context.steps, deploy.id).has(step.id)) continue;
    const hash = await hashManifests(await context.workspace(), brought);
    if (typeof hash !== 'string') return hash;
    manifests[deploy.id] = hash;
  }
  return manifests;
}

function fingerprintOf({ images, manifests }: ApprovalSubject): string {
  const sorted = [images, manifests].map((part) => Object.entries(part).toSorted(byKey));
  return createHash('sha256').update(JSON.stringify(sorted)).digest('hex');
}

function byKey([left]: [string, string], [right]: [string, string]): number {
  return left < right ? -1 : 1;
}

function toApproval({ who, roles, comment, at }: ApprovalRow): GivenApproval {
  return { by: who, roles, comment, at: at.toISOString() };
}

function told({ who, roles, comment }: ApprovalRow): string {
  return `${who} (${roles.join(', ')})${comment === null ? '' : `: ${comment}`}`;
}
