import { expect, test } from 'vitest';
import type { Pipeline } from '../../src/domain/pipeline.ts';
import { previewPromotion } from '../../src/runs/preview-promotion.ts';
import { requestPromotion } from '../../src/runs/request-promotion.ts';
import { requestRollback } from '../../src/runs/request-rollback.ts';
import type { Db } from '../../src/store/database.ts';
import { readSteps } from '../../src/store/runs.ts';
import { environmentFor } from '../cli/run-cli.ts';
import { runHere } from '../cli/run-here.ts';
import { type HttpFixture, startHttp } from './start-http.ts';
import { deployed, digest } from './store-deployed.ts';

const workload = 'deployment/cart';

test('a promotion makes a run that deploys the pushed digests of what runs elsewhere, without a build', async () => {
  await using http = await startPromotions();
  await deployed(http.db, { number: 1, outcome: 'succeeded' });
  await deployed(http.db, { number: 2, outcome: 'failed' });

  const answer = await promote(http, { workloads: [workload], why: 'tested' });

  expect(answer.statusCode).toBe(201);
  const run = answer.json();
  expect(run).toMatchObject({ trigger: 'promotion', requestedBy: 'the run', revision: '1', number: 3 });
  const row = await http.db.selectFrom('run').selectAll().where('id', '=', run.id).executeTakeFirstOrThrow();
  expect(row.parameters).toEqual({
    ...{ from: 'staging', to: 'production', workloads: workload, version: 'r1 (cart #1)', why: 'tested' },
  });
  expect((row.definition as unknown as Pipeline).steps).toMatchObject([
    { id: 'push', kind: 'push', needs: [] },
    { id: 'production', kind: 'deploy', needs: ['push'], environment: 'production' },
  ]);
  expect(await readSteps(http.db, run.id)).toMatchObject([
    { id: 'push', outcome: 'succeeded', reason: 'kept from #1', output: { digest: 'sha256:2' } },
    { id: 'production', state: 'pending' },
  ]);
});

test('what a rollback or a promotion has put in is promoted with the build behind it', async () => {
  await using http = await startPromotions();
  await deployed(http.db, { number: 1, outcome: 'succeeded' });
  await deployed(http.db, { number: 2, outcome: 'succeeded' });
  const url = '/api/v1/environments/staging/rollback';
  const headers = await http.as('run');
  const back = (await http.app.inject({ method: 'POST', url, headers, payload: { workload } })).json();
  await deployed(http.db, { number: 3, outcome: 'succeeded', runId: back.id });

  const first = (await promote(http, { workloads: [workload] })).json();
  await deployed(http.db, { number: 4, outcome: 'succeeded', runId: first.id });
  const second = (await promote(http, { workloads: [workload] })).json();

  expect(first).toMatchObject({ revision: '1', trigger: 'promotion' });
  expect(second).toMatchObject({ revision: '1', trigger: 'promotion' });
  const [push] = await readSteps(http.db, second.id);
  expect(push).toMatchObject({ reason: 'kept from #1', output: { digest: 'sha256:2' } });
});

test('a promotion is refused with the reason where it cannot be', async () => {
  let allowed: string[] | null = ['cart'];
  let isGone = false;
  await using http = await startPromotions({
    allowedIn: () => allowed,
    digestExists: async () => !isGone,
  });
  const refusal = async (body: object) => {
    const answer = await promote(http, body);
    return [answer.statusCode, answer.json().code, answer.json().detail];
  };

  const nothing = await refusal({});
  const unknown = await refusal({ workloads: [workload] });
  const same = await refusal({ from: 'production' });
  await deployed(http.db, { number: 1, outcome: 'succeeded' });
  isGone = true;
  const gone = await refusal({});
  isGone = false;
  allowed = ['web'];
  const notAllowed = await refusal({});
  allowed = null;
  await deployed(http.db, { number: 2, outcome: 'succeeded', workload: 'deployment/web' });
  const several = await refusal({});
  await http.db.updateTable('step').set({ outcome: 'failed' }).where('id', '=', 'push').execute();
  const notPushed = await refusal({ workloads: [workload] });
  await http.db
    .updateTable('run')
    .set({ definition: JSON.stringify({ name: 'cart', source: {}, steps: [] }) })
    .execute();
  const noStep = await refusal({ workloads: [workload] });
  await deployed(http.db, { number: 3, outcome: null });
  const inProgress = await refusal({ workloads: [workload] });

  const cannot = 'Cannot promote deployment/cart from staging to production: ';
  expect(nothing.slice(0, 2)).toEqual([409, 'promotion-nothing-there']);
  expect(unknown.slice(0, 2)).toEqual([404, 'workload-not-found']);
  expect(same[1]).toBe('promotion-same-environment');
  expect(gone[2]).toContain('the registry no longer has 127.0.0.1:5000/shop/cart@sha256:2 of r1 (cart #1)');
  expect(notAllowed[2]).toContain('pipeline cart may not deploy to production');
  expect(several[2]).toBe(
    'Cannot promote what runs in staging to production: what runs in staging comes from r1 (cart #1) and r2 (cart #2).',
  );
  expect(notPushed[2]).toBe(`${cannot}step push of r1 (cart #1) has pushed nothing.`);
  expect(noStep[2]).toBe(`${cannot}the pipeline of r1 (cart #1) has no step that deploys to production.`);
  expect(inProgress[2]).toBe(`${cannot}deployment/cart is being deployed to at this moment.`);
});

test('a promotion that is asked for again with the same key is the first one, not refused', async () => {
  await using http = await startPromotions();
  await deployed(http.db, { number: 1, outcome: 'succeeded' });

  const first = await promote(http, {}, { 'idempotency-key': 'release 7' });
  const again = await promote(http, {}, { 'idempotency-key': 'release 7' });

  expect([first.statusCode, again.statusCode]).toEqual([201, 200]);
  expect(again.json().id).toBe(first.json().id);
});

test('several workloads are promoted together where one run has built them', async () => {
  await using http = await startPromotions();
  const web = 'deployment/web';
  await deployed(http.db, { number: 1, outcome: 'succeeded' });
  await deployed(http.db, { number: 2, outcome: 'succeeded', workload: web });
  const several = await promote(http, { workloads: [workload, web] });
  const unknown = await promote(http, { workloads: [workload, 'deployment/shop'] });
  const [run] = await http.db.selectFrom('run').select('id').where('number', '=', 2).execute();
  await http.db.updateTable('deployment').set({ run_id: run?.id }).execute();

  const together = await promote(http, { workloads: [workload, web] });

  expect(several.json().detail).toBe(
    'Cannot promote deployment/cart, deployment/web from staging to production: what runs in staging comes from r1 (cart #1) and r2 (cart #2).',
  );
  expect(unknown.json()).toMatchObject({ status: 404, detail: expect.stringContaining('deployment/shop') });
  expect(together.json()).toMatchObject({ trigger: 'promotion', revision: '2' });
});

test('what runs there already is not promoted again; the command line says so', async () => {
  await using http = await startPromotions();
  const environment = await environmentFor(http);
  await deployed(http.db, { number: 1, outcome: 'succeeded' });
  const made = await runHere(['promote', 'staging', 'production'], environment);
  const { id } = await http.db
    .selectFrom('run')
    .select('id')
    .where('number', '=', 2)
    .executeTakeFirstOrThrow();
  await deployed(http.db, { number: 2, outcome: 'succeeded', runId: id, environment: 'production' });

  const again = await runHere(['promote', 'staging', 'production'], environment);

  expect(made).toEqual({ exitCode: 0, stdout: 'cart#2 is queued: trunk at r1\n', stderr: '' });
  expect(again.exitCode).toBe(1);
  expect(again.stderr).toContain('r1 (cart #1) is what runs there now');
});

test('before a promotion it is shown what it brings, and how the two environments differ field by field', async () => {
  await using http = await startPromotions();
  const environment = await environmentFor(http);
  const refused = await http.app.inject({ url: previewUrl, headers: await http.as('read') });
  await deployed(http.db, {
    number: 1,
    outcome: 'succeeded',
    set: cartWith({ digest: digest(1), replicas: 1 }),
  });
  await deployed(http.db, {
    ...{ number: 2, outcome: 'succeeded', environment: 'production' },
    set: cartWith({ digest: digest(2), replicas: 3, password: 'hunter2' }),
  });
  await deployed(http.db, { number: 3, outcome: 'failed', environment: 'production' });

  const answer = await http.app.inject({ url: previewUrl, headers: await http.as('read') });
  const shown = await runHere(['promote', 'staging', 'production', '--dry-run'], environment);

  expect([refused.statusCode, refused.json().code]).toEqual([409, 'promotion-nothing-there']);
  const container = 'spec.template.spec.containers[cart]';
  expect(answer.json()).toMatchObject({
    ...{ from: 'staging', to: 'production', run: { pipeline: 'cart', number: 1 } },
    images: [{ name: 'shop/cart', reference: '127.0.0.1:5000/shop/cart@sha256:2' }],
    differences: [
      {
        object: 'deployment/cart',
        only: null,
        fields: [
          { path: 'spec.replicas', about: 'replicas', from: '1', to: '3' },
          { path: `${container}.image`, about: 'image', from: digest(1), to: digest(2) },
          { path: `${container}.env`, about: 'environment', from: null },
        ],
      },
    ],
  });
  expect(answer.body).not.toContain('hunter2');
  expect(shown).toEqual({
    exitCode: 0,
    stderr: '',
    stdout: [
      'staging -> production: cart#1 at r1, without a build',
      'would be deployed:',
      '  127.0.0.1:5000/shop/cart@sha256:2',
      'a promotion brings (production -> staging):',
      `  deployment/cart: ${container}.image: ${digest(2)} -> ${digest(1)}`,
      'differs, and is as the deploy step of production says (production -> staging):',
      '  deployment/cart: spec.replicas: 3 -> 1',
      `  deployment/cart: ${container}.env: [{"name":"PASSWORD","value":"***"}] -> nothing`,
      '',
    ].join('\n'),
  });
  expect((await http.db.selectFrom('run').selectAll().execute()).length).toBe(3);
});

const previewUrl = '/api/v1/environments/production/promotion?from=staging';

function cartWith({
  digest: image,
  replicas,
  password,
}: {
  digest: string;
  replicas: number;
  password?: string;
}) {
  const env = password === undefined ? {} : { env: [{ name: 'PASSWORD', value: password }] };
  const template = { spec: { containers: [{ name: 'cart', image, ...env }] } };
  const spec = { replicas, selector: { matchLabels: { app: 'cart' } }, template };
  return { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'cart' }, spec };
}

/** The HTTP face with the real promotion and rollback behind it; runs of the fixture also deploy to production. */
async function startPromotions(
  changes: Partial<Parameters<typeof requestPromotion>[0]> = {},
): Promise<HttpFixture> {
  let db: Db | undefined;
  const dependencies = () => {
    if (db === undefined) throw new Error('not started yet');
    const real = { allowedIn: () => null, digestExists: async () => true, deliverRun: async () => undefined };
    return { db, ...real, ...changes };
  };
  const http = await startHttp({
    requestPromotion: (wish) => requestPromotion(dependencies(), wish),
    previewPromotion: (wish) =>
      previewPromotion({ ...dependencies(), mask: (text) => text.replaceAll('hunter2', '***') }, wish),
    requestRollback: (wish) => requestRollback(dependencies(), wish),
  });
  db = http.db;
  return http;
}

async function promote(http: HttpFixture, body: object, key: Record<string, string> = {}) {
  const url = '/api/v1/environments/production/promote';
  const payload = { from: 'staging', ...body };
  return http.app.inject({ method: 'POST', url, headers: { ...(await http.as('run')), ...key }, payload });
}
