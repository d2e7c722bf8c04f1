import { createHash, randomBytes } from 'node:crypto';
import { type Cluster, isRefusal, type Refusal } from '../clusters/cluster.ts';
import type { ClusterJobs, JobVerdict, PlannedJob, StartedJob } from '../clusters/cluster-jobs.ts';
import type { EnvironmentConfig, StepSecret } from '../config/server-config.ts';
import { Fault } from '../domain/fault.ts';
import type { JobStep } from '../domain/pipeline.ts';
import type { Secret } from '../domain/secret.ts';
import type { Db } from '../store/database.ts';
import { findFinishedJob } from '../store/finished-jobs.ts';
import { type ContainerLines, createContainerLines } from './container-lines.ts';
import { freezeOf } from './deploy/frozen.ts';
import { assertSameCluster, type ClusterPlace, otherCluster } from './deploy/other-cluster.ts';
import { refuseUnapproved } from './deploy/refuse-unapproved.ts';
import { environmentFor } from './environment-access.ts';
import { jobRequestOf } from './job/job-request.ts';
import { afterFault, endStopped, removeMade } from './job/stopped.ts';
import type { StepContext, StepHandler, StepResult } from './step-handler.ts';
import { secretVariables } from './step-secrets.ts';

export interface JobDependencies {
  db: Db;
  environments: Record<string, EnvironmentConfig>;
  secrets: Readonly<Record<string, StepSecret>>;
  clusterOf(environment: EnvironmentConfig): Cluster;
}

/** What is written before the effect that follows it. */
interface JobJournal {
  /** Makes the job's name the only one. */
  jobId: string;
  content: string;
  name: string;
  started?: StartedJob;
  /** Up to where each log was written. */
  readUpTo?: Record<string, string>;
}

/** One job at work. */
export interface JobAtWork {
  readonly deps: JobDependencies;
  readonly step: JobStep;
  readonly context: StepContext;
  readonly environment: EnvironmentConfig;
  readonly jobs: ClusterJobs;
  /** By variable. */
  readonly secrets: Readonly<Record<string, Secret>>;
}

/**
 * Runs a job to its end. Taken over at any moment, it is followed on: its name is fixed before it is made. A cancelled
 * step, one whose time is up, and one that a fault ends for good delete it.
 */
export function createJobStep(deps: JobDependencies): StepHandler<'job'> {
  return {
    async execute(step, context) {
      const { pipeline } = context.run;
      const environment = environmentFor(deps.environments, { name: step.environment, pipeline });
      if (typeof environment === 'string') return { outcome: 'failed', reason: environment };
      const { jobs } = deps.clusterOf(environment);
      if (jobs === null) {
        const reason = `${environment.name} is a swarm, which runs no jobs: a job step needs Kubernetes`;
        return { outcome: 'failed', reason };
      }
      const secrets = secretVariables(deps.secrets, step, context.run);
      if ('refused' in secrets) return { outcome: 'failed', reason: secrets.refused };
      const work = { deps, step, context, environment, jobs, secrets: secrets.variables };
      try {
        return await runJob(work);
      } catch (error) {
        throw await afterFault(work, error);
      }
    },
  };
}

async function runJob(work: JobAtWork): Promise<StepResult> {
  const { context } = work;
  const known = context.journal.read() as JobJournal | undefined;
  if (known === undefined) return beginJob(work);
  await assertSameCluster(placeOf(work), context.handedOver);
  if (known.started !== undefined) return watchJob(work, { ...known, started: known.started });
  // It may have been made, by a worker that did not live to say so.
  if (context.signal.aborted) return endStopped(work, { started: known, lastLine: undefined });
  const plan = await planOf(work);
  if (!isRefusal(plan)) return makeJob(work, plan, known);
  await removeMade(work, known.name);
  return refusedBy(work, plan);
}

async function beginJob(work: JobAtWork): Promise<StepResult> {
  const { context, deps, jobs, step } = work;
  const refused = await refusedBefore(work);
  if (refused !== undefined) return refused;
  const plan = await planOf(work);
  if (isRefusal(plan)) return refusedBy(work, plan);
  const content = contentOf(plan, work);
  const earlier = step.everyTime ? undefined : await findFinishedJob(deps.db, content);
  if (earlier !== undefined) return skipped(work, content, earlier);
  const jobId = randomBytes(5).toString('hex');
  const journal = { jobId, content, name: jobs.nameOf({ object: plan.object, id: jobId }) };
  await context.journal.write(journal);
  return makeJob(work, plan, journal);
}

async function makeJob(work: JobAtWork, { object }: PlannedJob, journal: JobJournal): Promise<StepResult> {
  const { context, jobs, environment, secrets } = work;
  const confirm = () => context.confirmLease();
  const planned = { object, id: journal.jobId, secrets };
  const started = await jobs.start(planned, { confirm }, context.handedOver);
  if (isRefusal(started)) return refusedBy(work, started);
  await context.journal.write({ ...journal, started });
  context.log.line(`job/${started.name} is made in ${environment.name}`);
  return watchJob(work, { ...journal, started });
}

async function planOf(work: JobAtWork): Promise<PlannedJob | Refusal> {
  const request = await jobRequestOf(work);
  return isRefusal(request) ? request : work.jobs.plan(request, work.context.signal);
}

/** Why the job may not be run now. */
async function refusedBefore({
  deps,
  step,
  context,
  environment,
}: JobAtWork): Promise<StepResult | undefined> {
  const unapproved = await refuseUnapproved(step, context, environment);
  if (unapproved !== null) return { outcome: 'failed', reason: unapproved };
  const frozen = freezeOf(environment, context.run);
  if (frozen !== undefined) return { outcome: 'rejected', reason: frozen };
  const elsewhere = await otherCluster(placeOf({ deps, environment }), context.signal);
  return elsewhere === undefined ? undefined : { outcome: 'failed', reason: elsewhere };
}

function placeOf({ deps, environment }: Pick<JobAtWork, 'deps' | 'environment'>): ClusterPlace {
  return { db: deps.db, cluster: deps.clusterOf(environment), environment };
}

async function watchJob(work: JobAtWork, journal: JobJournal & { started: StartedJob }): Promise<StepResult> {
  const { jobs, context } = work;
  const { started, content, readUpTo = {} } = journal;
  const log = createContainerLines(context, {
    readUpTo,
    save: (marks) => context.journal.write({ ...journal, readUpTo: marks }),
  });
  try {
    const { onLine } = log;
    const { drained } = context.log;
    const hooks = { onProgress: (line: string) => context.log.line(line), onLine, drained, readUpTo };
    const verdict = await jobs.follow(started, hooks, context.signal);
    await removeSecrets(work, started);
    return resultOf(work, { verdict, content, started, log });
  } catch (error) {
    if (!context.signal.aborted) throw error;
    return await endStopped(work, { started, lastLine: log.lastLine() });
  } finally {
    await log.close();
  }
}

/** The job stays for whoever wants to look at it; where its secrets cannot be taken away now, they stay with it. */
async function removeSecrets(
  { jobs, context, step }: JobAtWork,
  started: Pick<StartedJob, 'name'>,
): Promise<void> {
  if (step.secrets === undefined) return;
  await jobs.removeSecrets(started, context.handedOver).catch((error: unknown) => {
    context.handedOver.throwIfAborted();
    const why = error instanceof Fault ? error.message : 'no answer';
    context.log.line(`the Secret ${started.name} could not be deleted, and goes with the job: ${why}`);
  });
}

interface EndedJob {
  verdict: JobVerdict;
  content: string;
  started: StartedJob;
  log: ContainerLines;
}

function resultOf(
  { environment, context, step }: JobAtWork,
  { verdict, content, started, log }: EndedJob,
): StepResult {
  if (verdict.outcome === 'succeeded') {
    const { irreversible } = step;
    const output = { environment: environment.name, job: started.name, content };
    return { outcome: 'succeeded', output: { ...output, ...(irreversible && { irreversible }) } };
  }
  const lastLine = log.lastLine();
  if (verdict.hint !== null) context.log.line(`hint: ${verdict.hint}`);
  const told = lastLine === undefined ? '' : `; last line: ${lastLine}`;
  return { outcome: verdict.outcome, reason: `job/${started.name}: ${verdict.cause}${told}` };
}

function refusedBy(
  { context }: JobAtWork,
  { refusal, details }: { refusal: string; details?: string[] },
): StepResult {
  for (const line of details ?? []) context.log.line(line);
  return { outcome: 'failed', reason: refusal };
}

function skipped(
  { environment }: JobAtWork,
  content: string,
  { pipeline, number }: { pipeline: string; number: number },
): StepResult {
  const note = `skipped: the same job has succeeded in ${environment.name} already, in ${pipeline} #${number}`;
  return { outcome: 'succeeded', output: { environment: environment.name, job: null, content }, note };
}

/** What makes it the same job: place, revision, and all that it is made of, digests included. */
function contentOf({ object, place }: PlannedJob, { context: { run } }: JobAtWork): string {
  const parts = [place, run.repository, run.branch, run.revision, object];
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex');
}
