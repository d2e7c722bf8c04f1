import { expect, test } from 'vitest';
import { startDeploys } from './deploy-under-test.ts';
import { cart, programs, reference } from './deployables.ts';

/** As the cluster has it: before 1.21 in a beta version only. */
function nightly(apiVersion: string, spec: object = {}): Record<string, string> {
  const containers = [{ name: 'report', image: 'shop/cart' }];
  const template = { spec: { restartPolicy: 'Never', containers } };
  const object = {
    ...{ apiVersion, kind: 'CronJob', metadata: { name: 'nightly' } },
    spec: { schedule: '0 2 * * *', jobTemplate: { spec: { template } }, ...spec },
  };
  return { 'deploy/nightly.yaml': JSON.stringify(object) };
}

test('a CronJob alone is deployed by digest, recorded with what it runs, and rolled back to', async () => {
  await using deploys = await startDeploys();
  const version = (await deploys.kubectl('api-versions')).includes('batch/v1beta1')
    ? 'batch/v1beta1'
    : 'batch/v1';
  const [one, two] = [await deploys.image(programs.serve), await deploys.image(programs.serve)];
  const first = await deploys.run({ move: 1 });
  const log: string[] = [];
  const deployed = await first.deploy({ files: nightly(version), pushes: { push: one }, log });
  await first.end();
  const second = await deploys.run({ move: 2 });
  const secondLog: string[] = [];
  const files = nightly(version, { suspend: true });
  const changed = await second.deploy({ files, pushes: { push: two }, log: secondLog });
  await second.end();
  const record = await deploys.deployment(1);
  const third = await deploys.run({ move: 3 });

  const back = await third.deploy({ step: { restore: { deployId: record.deploy_id, label: 'r1' } } });
  await third.end();

  expect([deployed, changed, back]).toMatchObject([
    { outcome: 'succeeded', output: { workloads: ['cronjob/nightly'] } },
    { outcome: 'succeeded' },
    { outcome: 'succeeded' },
  ]);
  expect(log).toContain('cronjob/nightly starts its jobs at "0 2 * * *"; how they end is not watched here');
  expect(secondLog).toContain('cronjob/nightly is suspended (spec.suspend): it starts nothing');
  expect(record).toMatchObject({ outcome: 'succeeded', images: { report: reference(one) } });
  const { spec } = await deploys.workload('nightly', 'cronjob');
  expect(spec.jobTemplate.spec.template.spec.containers[0].image).toBe(reference(one));
  expect(spec.suspend).toBe(false);
});

test('a CronJob beside a Deployment is listed with what it runs, as the Deployment is, and rolled back with it', async () => {
  await using deploys = await startDeploys();
  const version = (await deploys.kubectl('api-versions')).includes('batch/v1beta1')
    ? 'batch/v1beta1'
    : 'batch/v1';
  const [good, bad] = [await deploys.image(programs.serve), await deploys.image(programs.crash)];
  const files = { ...cart(), ...nightly(version) };
  const first = await deploys.run({ move: 1 });
  const deployed = await first.deploy({ files, pushes: { push: good } });
  await first.end();
  const second = await deploys.run({ move: 2 });
  const failed = await second.deploy({ files, pushes: { push: bad } });

  const rows = await deploys.db
    .selectFrom('deployment')
    .select(['target', 'outcome', 'images'])
    .orderBy('move')
    .orderBy('target')
    .execute();

  expect(deployed).toMatchObject({
    outcome: 'succeeded',
    output: { workloads: expect.arrayContaining(['cronjob/nightly', 'deployment/cart']) },
  });
  expect(failed).toMatchObject({ outcome: 'failed', reason: expect.stringMatching(/rolled back to r1$/) });
  expect(rows).toMatchObject([
    {
      target: expect.stringMatching(/cronjob\/nightly$/),
      outcome: 'succeeded',
      images: { report: reference(good) },
    },
    {
      target: expect.stringMatching(/deployment\/cart$/),
      outcome: 'succeeded',
      images: { api: reference(good) },
    },
    { target: expect.stringMatching(/cronjob\/nightly$/), outcome: 'failed' },
    { target: expect.stringMatching(/deployment\/cart$/), outcome: 'failed' },
  ]);
  const { spec } = await deploys.workload('nightly', 'cronjob');
  expect(spec.jobTemplate.spec.template.spec.containers[0].image).toBe(reference(good));
});
