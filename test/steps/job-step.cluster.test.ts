import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { Cluster } from '../../src/clusters/cluster.ts';
import { createKubernetesCluster } from '../../src/clusters/kubernetes/kubernetes-cluster.ts';
import { Fault } from '../../src/domain/fault.ts';
import type { JsonObject } from '../../src/domain/json.ts';
import type { JobStep } from '../../src/domain/pipeline.ts';
import { createJobStep } from '../../src/steps/job-step.ts';
import type { StepResult } from '../../src/steps/step-handler.ts';
import { storedRun } from '../logs/stored-run.ts';
import { baseImage } from '../support/docker.ts';
import { kubernetes } from '../support/kubernetes.ts';
import { startRegistry } from '../support/registry.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { waitFor } from '../support/wait-for.ts';
import { stopSignals } from './deploy-under-test.ts';
import { programs, pushImage } from './deployables.ts';
import { type ContextParts, contextOf } from './stored-context.ts';

test('a job runs to its end with its log, once for the same content; one that fails says why', async () => {
  await using jobs = await startJobs();
  const log: string[] = [];
  const source = {
    step: 'image',
    commands: ['echo "adding the column for r$REVISION"'],
    env: { REVISION: '${revision}' },
  };

  const first = await jobs.run({ source }, { log });
  await jobs.remember(first);
  const again = await jobs.run({ source }, {});
  const otherRevision = await jobs.run({ source }, { revision: '2' });
  const failing = { ...source, commands: ['echo starting', 'echo "cannot find the table" >&2', 'exit 4'] };
  const failed = await jobs.run({ source: failing }, {});

  expect(first).toMatchObject({
    outcome: 'succeeded',
    output: { job: expect.stringMatching(/^cart-migrate-[0-9a-f]{10}$/) },
  });
  expect(log).toContain('adding the column for r1');
  expect(again).toMatchObject({
    outcome: 'succeeded',
    note: 'skipped: the same job has succeeded in staging already, in cart #1',
  });
  expect(otherRevision).toMatchObject({ outcome: 'succeeded', output: { job: expect.any(String) } });
  expect(failed).toEqual({
    outcome: 'failed',
    reason: expect.stringMatching(
      /^job\/cart-migrate-[0-9a-f]{10}: container `job` exits 4 right after start; last line: cannot find the table$/,
    ),
  });
});

test('a job of a manifest is followed on by another worker, and deleted when its step is cancelled', async () => {
  await using jobs = await startJobs();
  await jobs.write('migrate.yaml', 'i=0; while :; do i=$((i+1)); echo "row $i"; sleep 0.3; done');
  const journal: { entry?: JsonObject } = {};
  const step = { source: { manifest: 'migrate.yaml' } };
  const [first, second] = [stopSignals(), stopSignals()];
  const [firstLog, secondLog]: [string[], string[]] = [[], []];

  const lost = jobs.run(step, { ...first, journal, log: firstLog });
  await waitFor(() => firstLog.includes('row 1') && journal.entry?.readUpTo !== undefined, {
    what: 'the job to say something that is noted as read',
  });
  first.stop({ kind: 'lease-lost' });
  await expect(lost).rejects.toMatchObject({ code: 'lease-lost' });
  const continued = jobs.run(step, { ...second, journal, log: secondLog });
  await waitFor(() => secondLog.length > 3, { what: 'the job to be followed on' });
  const namesMeanwhile = await jobs.names();
  second.stop({ kind: 'cancelled', by: 'ann', rollout: 'leave' });
  const cancelled = await continued;

  expect(namesMeanwhile).toHaveLength(1);
  expect(secondLog).not.toContain('row 1');
  expect(cancelled).toMatchObject({
    outcome: 'cancelled',
    reason: expect.stringMatching(/^cancelled by ann; job\/migrate-[0-9a-f]{10} was deleted$/),
  });
  await waitFor(async () => (await jobs.names()).length === 0, { what: 'the job to be gone' });
});

test('a job that was made by a worker that died before it could say so is deleted by a cancel', async () => {
  await using jobs = await startJobs();
  await jobs.write('migrate.yaml', 'echo begun; sleep 600');
  const journal: { entry?: JsonObject } = {};
  const step = { source: { manifest: 'migrate.yaml' } };
  const [first, second] = [stopSignals(), stopSignals()];
  const log: string[] = [];
  const lost = jobs.run(step, { ...first, journal, log });
  await waitFor(() => log.includes('begun'), { what: 'the job to be made' });
  first.stop({ kind: 'lease-lost' });
  await expect(lost).rejects.toMatchObject({ code: 'lease-lost' });
  const { started: _, readUpTo: __, ...written } = journal.entry ?? {};

  await jobs.restart();
  second.stop({ kind: 'cancelled', by: 'ann', rollout: 'leave' });
  const cancelled = await jobs.run(step, { ...second, journal: { entry: written } });

  expect(cancelled).toMatchObject({
    outcome: 'cancelled',
    reason: expect.stringMatching(/^cancelled by ann; job\/migrate-[0-9a-f]{10} was deleted$/),
  });
  await waitFor(async () => (await jobs.names()).length === 0, { what: 'the job to be gone' });
});

test('a job whose making ends in a fault is found by the next attempt; after the last one it is deleted', async () => {
  await using jobs = await startJobs();
  await jobs.write('migrate.yaml', 'sleep 600');
  jobs.loseAnswers();
  const journal: { entry?: JsonObject } = {};
  const step = { source: { manifest: 'migrate.yaml' } };

  await expect(jobs.run(step, { journal })).rejects.toMatchObject({ message: 'The answer was lost' });
  const afterFirst = await jobs.names();
  await expect(jobs.run(step, { journal, isLastAttempt: true })).rejects.toMatchObject({
    code: 'cluster-unreachable',
    message: `The answer was lost; ${afterFirst[0]?.replace('.batch', '')}, which may have been made, was deleted`,
  });

  expect(afterFirst).toHaveLength(1);
  await waitFor(async () => (await jobs.names()).length === 0, { what: 'the job to be gone' });
});

/** The job step on a real cluster, registry and database, in a namespace of its own. */
async function startJobs() {
  await using resources = new AsyncDisposableStack();
  const cluster = await kubernetes();
  const namespace = resources.use(await cluster.makeNamespace());
  const registry = resources.use(await startRegistry());
  const folder = resources.use(await temporaryFolder());
  const stored = resources.use(await storedRun());
  const { db } = stored.store;
  const settings = { kubeconfig: cluster.kubeconfig, context: null, namespace: namespace.name };
  const staging = {
    name: 'staging',
    cluster: { kind: 'kubernetes' as const, ...settings },
    ...{
      pipelines: ['cart'],
      approve: null,
      requireDigests: false,
      freeze: [],
      driftEveryMs: null,
      dns: null,
      prometheus: null,
    },
  };
  let under = createKubernetesCluster(settings);
  resources.defer(() => under.close());
  let jobsOf = (cluster: Cluster) => cluster.jobs;
  const clusterOf = () => ({ ...under, jobs: jobsOf(under) });
  const handler = createJobStep({ db, environments: { staging }, clusterOf });
  const push = await pushImage(registry, { script: programs.serve, name: 'shop/cart' });
  const image = await baseImage();
  await db
    .insertInto('step')
    .values({ run_id: stored.runId, id: 'migrate', position: 0, kind: 'job' })
    .execute();
  const owned = resources.move();
  return {
    run: (step: Pick<JobStep, 'source'>, parts: ContextParts): Promise<StepResult> =>
      handler.execute(
        { ...jobStep, ...step },
        contextOf(stored, { stepId: 'migrate', outputs: { push }, workspace: folder.path, ...parts }),
      ),
    /** From now on a job is made, and the answer that says so is lost: no service can be told to do that. */
    loseAnswers() {
      jobsOf = ({ jobs }) =>
        jobs && {
          ...jobs,
          async start(...job) {
            await jobs.start(...job);
            throw new Fault('cluster-unreachable', 'The answer was lost');
          },
        };
    },
    /** Another process knows nothing of the cluster. */
    async restart() {
      await under.close();
      under = createKubernetesCluster(settings);
    },
    /** As the engine ends a step. */
    async remember({ outcome, output = {} }: StepResult) {
      await db
        .updateTable('step')
        .set({ state: 'ended', outcome, output: JSON.stringify(output) })
        .execute();
    },
    write(path: string, script: string) {
      const container = { name: 'sql', image, command: ['/bin/sh', '-c', script] };
      const spec = { template: { spec: { terminationGracePeriodSeconds: 0, containers: [container] } } };
      const job = { apiVersion: 'batch/v1', kind: 'Job', metadata: { name: 'migrate' }, spec };
      return writeFile(join(folder.path, path), JSON.stringify(job));
    },
    async names() {
      const text = await cluster.kubectl('-n', namespace.name, 'get', 'jobs', '-o', 'name');
      return text.split('\n').filter(Boolean);
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

const jobStep: JobStep = {
  ...{ id: 'migrate', kind: 'job', needs: [], timeoutMs: 60_000, retry: { max: 1, on: ['fault'] } },
  ...{ environment: 'staging', source: { manifest: '' } },
};
