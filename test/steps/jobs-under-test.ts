import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Cluster } from '../../src/clusters/cluster.ts';
import { createKubernetesCluster } from '../../src/clusters/kubernetes/kubernetes-cluster.ts';
import { Fault } from '../../src/domain/fault.ts';
import type { JobStep } from '../../src/domain/pipeline.ts';
import { Secret } from '../../src/domain/secret.ts';
import { createJobStep } from '../../src/steps/job-step.ts';
import type { StepResult } from '../../src/steps/step-handler.ts';
import { storedRun } from '../logs/stored-run.ts';
import { baseImage } from '../support/docker.ts';
import { kubernetes } from '../support/kubernetes.ts';
import { startRegistry } from '../support/registry.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { programs, pushImage } from './deployables.ts';
import { type ContextParts, contextOf } from './stored-context.ts';

/** The job step on a real cluster, registry and database, in a namespace of its own. */
export async function startJobs() {
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
      clusterId: null,
      prometheus: null,
    },
  };
  let under = createKubernetesCluster(settings);
  resources.defer(() => under.close());
  let jobsOf = (cluster: Cluster) => cluster.jobs;
  const clusterOf = () => ({ ...under, jobs: jobsOf(under) });
  const secrets = {
    database: { value: new Secret(password), pipelines: null, branches: null, mergeRequests: false },
  };
  const handler = createJobStep({ db, environments: { staging }, secrets, clusterOf });
  const push = await pushImage(registry, { script: programs.serve, name: 'shop/cart' });
  const image = await baseImage();
  await db
    .insertInto('step')
    .values({ run_id: stored.runId, id: 'migrate', position: 0, kind: 'job' })
    .execute();
  const owned = resources.move();
  return {
    db,
    run: (step: Pick<JobStep, 'source' | 'secrets'>, parts: ContextParts): Promise<StepResult> =>
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
    async secrets(): Promise<string[]> {
      const text = await cluster.kubectl('-n', namespace.name, 'get', 'secrets', '-o', 'json');
      const { items } = JSON.parse(text) as { items: { type: string; metadata: { name: string } }[] };
      return items.filter(({ type }) => type === 'Opaque').map(({ metadata }) => metadata.name);
    },
    async ownerOfSecret(): Promise<string> {
      const path = '-o=jsonpath={.items[?(@.type=="Opaque")].metadata.ownerReferences[0].name}';
      return cluster.kubectl('-n', namespace.name, 'get', 'secrets', path);
    },
    async names() {
      const text = await cluster.kubectl('-n', namespace.name, 'get', 'jobs', '-o', 'name');
      return text.split('\n').filter(Boolean);
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

const password = 'correct horse battery';

const jobStep: JobStep = {
  ...{ id: 'migrate', kind: 'job', needs: [], timeoutMs: 60_000, retry: { max: 1, on: ['fault'] } },
  ...{ environment: 'staging', source: { manifest: '' } },
};
