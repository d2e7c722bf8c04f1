import pino from 'pino';
import { expect, test } from 'vitest';
import type { DeployStep } from '../../src/domain/pipeline.ts';
import { lookAround } from '../../src/runs/drift-watch.ts';
import { readDriftReport, wantDriftReport } from '../../src/store/drift-reports.ts';
import { kubernetes } from '../support/kubernetes.ts';
import { mutatedGraceSeconds, startMutatingWebhook } from '../support/mutating-webhook.ts';
import { waitFor } from '../support/wait-for.ts';
import { type DeploysUnderTest, startDeploys } from './deploy-under-test.ts';
import { cart, programs, reference } from './deployables.ts';

const never = new AbortController().signal;

const others = {
  'deploy/settings.yaml':
    'apiVersion: v1\nkind: ConfigMap\nmetadata: { name: settings }\ndata: { color: blue, size: "3" }\n',
  'deploy/keys.yaml':
    'apiVersion: v1\nkind: Secret\nmetadata: { name: keys }\nstringData: { key: hunter2 }\n',
  'deploy/old.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata: { name: old }\ndata: { a: b }\n',
  'deploy/service.yaml':
    'apiVersion: v1\nkind: Service\nmetadata: { name: cart }\nspec: { selector: { app: cart }, ports: [{ port: 80, targetPort: 8080 }] }\n',
};

const scaler = JSON.stringify({
  apiVersion: 'autoscaling/v1',
  kind: 'HorizontalPodAutoscaler',
  metadata: { name: 'cart' },
  spec: { scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'cart' }, maxReplicas: 3 },
});

test('what people change by hand is found, field by field, and told before it is overwritten', async () => {
  await using deploys = await startDeploys();
  const image = await deploys.image(programs.serve);
  const [one, two] = [await deploys.run({ move: 1 }), await deploys.run({ move: 2 })];
  // Resources that the server writes in another way than the manifest does.
  const files = { ...others, ...cart({ container: { resources: { requests: { cpu: '0.010' } } } }) };
  const first = await one.deploy({ files, pushes: { push: image } });
  await one.end();
  const clean = await look(deploys);

  const foreign = `${reference(image).split('@')[0]}:by-hand`;
  await deploys.kubectl('set', 'image', 'deployment/cart', `api=${foreign}`);
  await deploys.kubectl('set', 'env', 'deployment/cart', 'DEBUG=1');
  await deploys.kubectl('patch', 'configmap', 'settings', '-p', '{"data":{"color":"red"}}');
  await deploys.kubectl('delete', 'configmap', 'old');
  const drifted = await look(deploys);
  const log: string[] = [];
  await secondIsOver();
  const second = await two.deploy({ files, pushes: { push: image }, log });
  const after = await look(deploys);

  expect(first).toMatchObject({ outcome: 'succeeded' });
  expect(clean).toEqual([]);
  const byObject = drifted.toSorted((left, right) => (left.object < right.object ? -1 : 1));
  expect(byObject).toMatchObject([
    {
      object: 'configmap/old',
      state: 'gone',
    },
    {
      object: 'configmap/settings',
      fields: [{ path: 'data.color', applied: 'blue', live: 'red', manager: 'kubectl-patch' }],
    },
    {
      object: 'deployment/cart',
      state: 'changed',
      fields: [
        {
          path: 'spec.template.spec.containers[api].image',
          ...{ applied: reference(image), live: foreign, manager: 'kubectl-set' },
          at: expect.stringMatching(/^\d{4}-/),
        },
        { path: 'spec.template.spec.containers[api].env[DEBUG]', applied: null, manager: 'kubectl-set' },
      ],
    },
  ]);
  expect(log).toContain('changed by hand since the last deployment:');
  expect(log).toContainEqual(
    expect.stringMatching(/^ {2}configmap\/settings: data.color: blue -> red by kubectl-patch at \d{4}-/),
  );
  expect(second).toMatchObject({ outcome: 'succeeded' });
  // What was added beside it is not overwritten, and told once.
  expect(after).toEqual([]);
});

test('replicas that an autoscaler owns are no drift, those that somebody has scaled are', async () => {
  await using deploys = await startDeploys();
  const image = await deploys.image(programs.serve);
  const run = await deploys.run({ move: 1 });
  await run.deploy({ files: cart(), pushes: { push: image } });
  await run.end();

  await deploys.kubectl('scale', 'deployment/cart', '--replicas=2');
  const scaled = await look(deploys);
  await deploys.apply(scaler);
  const owned = await look(deploys);

  expect(scaled).toMatchObject([
    { object: 'deployment/cart', fields: [{ path: 'spec.replicas', applied: '1', live: '2' }] },
  ]);
  expect(owned).toEqual([]);
});

test('what is to be corrected is rolled out once more, and what is ignored is neither told nor corrected', async () => {
  await using deploys = await startDeploys();
  const image = await deploys.image(programs.serve);
  const files = { ...cart(), 'deploy/settings.yaml': others['deploy/settings.yaml'] };
  const first = await deploys.run({ move: 1 });
  await first.deploy({ files, pushes: { push: image } });
  await first.end();
  deploys.environment.driftRules = {
    mode: 'correct',
    ignore: [{ object: 'configmap/*', path: 'data.size' }],
  };

  await deploys.kubectl('patch', 'configmap', 'settings', '-p', '{"data":{"size":"9"}}');
  const ignored = await look(deploys);
  const none = await deploys.db.selectFrom('run').select('id').where('trigger', '=', 'correction').execute();
  await deploys.kubectl('delete', 'configmap', 'settings');
  const drifted = await look(deploys);
  const { definition } = await deploys.db
    .selectFrom('run')
    .select('definition')
    .where('trigger', '=', 'correction')
    .executeTakeFirstOrThrow();
  const [step] = (definition as unknown as { steps: DeployStep[] }).steps;
  const correcting = await deploys.run({ move: 1 });
  const result = await correcting.deploy({ step: { ...step, id: 'deploy' } });
  await correcting.end();
  const overtaken = await deploys.run({ move: 1 });
  const late = await overtaken.deploy({ step: { ...step, id: 'deploy' } });

  expect([ignored, none]).toEqual([[], []]);
  expect(drifted).toMatchObject([{ object: 'configmap/settings', state: 'gone' }]);
  expect(result).toMatchObject({
    outcome: 'succeeded',
    note: expect.stringContaining('put back as r1 (cart #1), after changes by hand'),
  });
  expect((await deploys.workload('settings', 'configmap')).data).toEqual({ color: 'blue', size: '3' });
  // What it was to put back is no longer the last that was deployed.
  expect(late).toMatchObject({ outcome: 'superseded' });
  deploys.environment.driftRules = { mode: 'correct', ignore: [] };
  expect(await look(deploys)).toEqual([]);
});

test('what an admission webhook puts into every object, or changes of what was applied, is no drift', async () => {
  await using deploys = await startDeploys();
  await using _webhook = await startMutatingWebhook(await kubernetes(), deploys.namespace);
  const image = await deploys.image(programs.serve);
  const files = { ...cart(), 'deploy/settings.yaml': others['deploy/settings.yaml'] };
  const run = await deploys.run({ move: 1 });
  const result = await run.deploy({ files, pushes: { push: image } });
  await run.end();

  const live = await deploys.workload('settings', 'configmap');
  const { spec } = await deploys.workload('cart');

  expect(result).toMatchObject({ outcome: 'succeeded' });
  expect(live.metadata.annotations).toMatchObject({ 'webhook.example.com/seen': 'yes' });
  expect(spec.template.spec.terminationGracePeriodSeconds).toBe(mutatedGraceSeconds);
  expect(await look(deploys)).toEqual([]);
});

/** Clusters record who wrote what in whole seconds: what changes in that of the next apply counts as changed after it. */
async function secondIsOver() {
  const second = () => Math.floor(Date.now() / 1000);
  const now = second();
  await waitFor(() => second() > now, { what: 'the next second' });
}

/** As the worker's watch does when somebody asks; nothing of the cluster may be different afterwards. */
async function look(deploys: DeploysUnderTest) {
  // The status of a Deployment changes by itself, and its generation with its spec alone.
  const versions = async () => {
    const kept = ['configmaps,services,secrets', '{..resourceVersion}'];
    const texts = [kept, ['deployments', '{..metadata.generation}']].map(([kinds = '', path]) =>
      deploys.kubectl('get', kinds, '-o', `jsonpath=${path}`),
    );
    return (await Promise.all(texts)).flatMap((text) => text.trim().split(' ').toSorted());
  };
  await wantDriftReport(deploys.db, 'staging');
  const before = await versions();
  const { environment, cluster, db } = deploys;
  const logger = pino({ level: 'silent' });
  const deliverRun = async () => undefined;
  const place = { db, environments: [environment], clusterOf: () => cluster };
  await lookAround({ ...place, mask: (text) => text, deliverRun, logger }, never);
  // A rollout that somebody has begun by hand writes too: then only what we would have written counts.
  const report = await readDriftReport(db, 'staging');
  expect(report).toMatchObject({ problem: null, wanted_at: null });
  if (report?.objects.length === 0) expect(await versions()).toEqual(before);
  return report?.objects ?? [];
}
