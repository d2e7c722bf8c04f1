import pino from 'pino';
import { expect, test } from 'vitest';
import type { JsonObject } from '../../src/domain/json.ts';
import { lookAround } from '../../src/runs/drift-watch.ts';
import { readDriftReport, wantDriftReport } from '../../src/store/drift-reports.ts';
import { acceptCluster } from '../../src/store/environment-clusters.ts';
import { waitFor } from '../support/wait-for.ts';
import { startDeploys, stopSignals } from './deploy-under-test.ts';
import { manifest } from './deployables.ts';
import { startJobs } from './jobs-under-test.ts';

const elsewhere = '00000000-0000-4000-8000-000000000000';
const files = { 'deploy/cart.yaml': manifest({ spec: { replicas: 0 }, container: { image: 'none:1' } }) };

test('an environment that leads to another cluster than before is not deployed to until that one is accepted', async () => {
  await using deploys = await startDeploys();
  const { metadata } = JSON.parse(await deploys.kubectl('get', 'namespace', 'kube-system', '-o', 'json'));
  await acceptCluster(deploys.db, { environment: 'staging', found: elsewhere });
  const deploy = async (move: number) => {
    const run = await deploys.run({ move });
    const result = await run.deploy({ files });
    await run.end();
    return result;
  };

  expect(await deploy(1)).toEqual({
    outcome: 'failed',
    reason: expect.stringMatching(
      `^the environment staging leads to the cluster ${metadata.uid}, and since .* it was ${elsewhere}: nothing was written; .* or accept the other one by "cluster-id: ${metadata.uid}" under environments.staging`,
    ),
  });
  expect(await deploys.kubectl('get', 'deployments', '-o', 'name')).toBe('');

  deploys.environment.clusterId = metadata.uid;
  expect(await deploy(2)).toMatchObject({ outcome: 'succeeded' });
  // What was accepted stays, also without the key.
  deploys.environment.clusterId = null;
  expect(await deploy(3)).toMatchObject({ outcome: 'succeeded' });

  deploys.environment.clusterId = elsewhere;
  expect(await deploy(4)).toMatchObject({
    outcome: 'failed',
    reason: expect.stringContaining(`by its cluster-id it is ${elsewhere}: nothing was written`),
  });
});

test('what was begun is neither gone on with, nor taken back, nor compared, in another cluster', async () => {
  await using deploys = await startDeploys();
  const first = await deploys.run({ move: 1 });
  expect(await first.deploy({ files })).toMatchObject({ outcome: 'succeeded' });
  await first.end();
  const changed = { 'deploy/cart.yaml': manifest({ spec: { replicas: 0 }, container: { image: 'none:2' } }) };
  const dyingIn = async (move: number, deathPhase: string) => {
    const run = await deploys.run({ move });
    const onJournal = ({ phase }: JsonObject) => {
      if (phase === deathPhase) throw new Error('killed');
    };
    await expect(run.deploy({ files: changed, onJournal })).rejects.toThrow('killed');
    return run;
  };
  const applying = await dyingIn(2, 'applying');
  await acceptCluster(deploys.db, { environment: 'staging', found: elsewhere });
  const version = () => deploys.kubectl('get', 'deployment', 'cart', '-o', 'jsonpath={.metadata.generation}');
  const before = await version();

  await expect(applying.deploy({ files: changed })).rejects.toMatchObject({
    code: 'cluster-other',
    isRetryable: false,
  });
  const { stop, ...signals } = stopSignals();
  stop({ kind: 'cancelled', by: 'ann', rollout: 'roll-back' });
  await expect(applying.deploy({ files: changed, ...signals })).rejects.toMatchObject({
    code: 'cluster-other',
  });
  await applying.end();
  const { deploy_id: deployId } = await deploys.deployment(1);
  const back = await (await deploys.run({ move: 3 })).deploy({
    step: { manifests: [], restore: { deployId, label: 'r1' } },
  });
  const { db, environment, cluster } = deploys;
  await wantDriftReport(db, 'staging');
  await lookAround(
    {
      ...{ db, environments: [environment], clusterOf: () => cluster, mask: (text: string) => text },
      ...{ deliverRun: async () => undefined, logger: pino({ level: 'silent' }) },
    },
    new AbortController().signal,
  );

  expect(back).toMatchObject({ outcome: 'failed', reason: expect.stringContaining(`it was ${elsewhere}`) });
  expect((await readDriftReport(db, 'staging'))?.problem).toContain(`it was ${elsewhere}`);
  expect(await version()).toBe(before);
});

test('what a healthy rollout has left over is not pruned in another cluster', async () => {
  await using deploys = await startDeploys();
  const { metadata } = JSON.parse(await deploys.kubectl('get', 'namespace', 'kube-system', '-o', 'json'));
  const old = JSON.stringify({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'old' }, data: {} });
  const first = await deploys.run({ move: 1 });
  await first.deploy({ files: { ...files, 'deploy/old.yaml': old } });
  await first.end();
  const step = { prune: { mayShrink: true } };
  const second = await deploys.run({ move: 2 });
  const onJournal = ({ healthy }: JsonObject) => {
    if (healthy !== undefined) throw new Error('killed');
  };
  await expect(second.deploy({ step, files, onJournal })).rejects.toThrow('killed');
  await acceptCluster(deploys.db, { environment: 'staging', found: elsewhere });

  await expect(second.deploy({ step, files })).rejects.toMatchObject({ code: 'cluster-other' });
  expect(await deploys.kubectl('get', 'configmap', 'old', '-o', 'name')).toContain('configmap/old');

  await acceptCluster(deploys.db, { environment: 'staging', found: metadata.uid });
  expect(await second.deploy({ step, files })).toMatchObject({
    outcome: 'succeeded',
    note: expect.stringContaining('pruned configmap/old'),
  });
});

test('a job is neither made, followed nor deleted in another cluster', async () => {
  await using jobs = await startJobs();
  await jobs.write('migrate.yaml', 'echo begun; sleep 600');
  const step = { source: { manifest: 'migrate.yaml' } };
  const journal: { entry?: JsonObject } = {};
  const [dying, going] = [stopSignals(), stopSignals()];
  const log: string[] = [];
  const lost = jobs.run(step, { ...dying, journal, log });
  await waitFor(() => log.includes('begun'), { what: 'the job to work' });
  dying.stop({ kind: 'lease-lost' });
  await expect(lost).rejects.toMatchObject({ code: 'lease-lost' });

  await acceptCluster(jobs.db, { environment: 'staging', found: elsewhere });
  going.stop({ kind: 'cancelled', by: 'ann', rollout: 'leave' });
  const followed = jobs.run(step, { ...going, journal });
  await expect(followed).rejects.toMatchObject({ code: 'cluster-other' });
  const made = await jobs.run(step, {});

  expect(made).toMatchObject({ outcome: 'failed', reason: expect.stringContaining(`it was ${elsewhere}`) });
  expect(await jobs.names()).toHaveLength(1);
});
