import { expect, test } from 'vitest';
import type { EnvironmentConfig } from '../../src/config/server-config.ts';
import type { ObjectDrift } from '../../src/domain/drift.ts';
import type { Pipeline } from '../../src/domain/pipeline.ts';
import { correctDrift } from '../../src/runs/correct-drift.ts';
import type { Db } from '../../src/store/database.ts';
import { type HttpFixture, startHttp } from '../http/start-http.ts';
import { deployed } from '../http/store-deployed.ts';
import { testConfig } from '../http/test-config.ts';

test('what was deployed is rolled out once more by one run, however often it is found changed', async () => {
  await using http = await startHttp();
  await deployed(http.db, { number: 1, outcome: 'succeeded' });
  const { deployId } = await deployed(http.db, { number: 2, outcome: 'succeeded' });

  const first = await correct(http, [changed(deployId), changed(deployId, 'service/cart')]);
  const second = await correct(http, [changed(deployId)]);

  expect(first.corrections).toMatchObject([
    { kind: 'begun', text: 'deployment/cart is put back as deployed' },
  ]);
  expect(second).toMatchObject({ corrections: [{ kind: 'left' }], delivered: [] });
  const [run, ...more] = await correctionsOf(http.db);
  expect(more).toEqual([]);
  expect(first.delivered).toEqual([run?.id]);
  expect(run).toMatchObject({ revision: '2', requested_by: 'drift', state: 'queued' });
  expect(run?.parameters).toMatchObject({ why: 'changed by hand: deployment/cart, service/cart' });
  const definition = run?.definition as unknown as Pipeline | undefined;
  expect(definition?.steps).toMatchObject([
    { kind: 'deploy', environment: 'staging', restore: { deployId, label: 'r2 (cart #2)', corrects: true } },
  ]);
});

test('nothing is corrected while the environment is frozen', async () => {
  await using http = await startHttp();
  const { deployId } = await deployed(http.db, { number: 1, outcome: 'succeeded' });
  const always = { timezone: 'UTC', reason: 'year end', from: '2020-01-01', to: '2100-01-01' };

  const { corrections } = await correct(http, [changed(deployId)], { freeze: [always] });

  expect(corrections).toMatchObject([{ kind: 'left', text: expect.stringContaining('year end') }]);
  expect(await correctionsOf(http.db)).toEqual([]);
});

test('a set is not put back over what another run has deployed of it since', async () => {
  await using http = await startHttp();
  const { deployId } = await deployed(http.db, { number: 1, outcome: 'succeeded' });
  await deployed(http.db, { number: 2, outcome: null });

  const { corrections } = await correct(http, [changed(deployId)]);

  expect(corrections).toMatchObject([
    { kind: 'left', text: expect.stringMatching(/^deployment\/cart, .* is being deployed by another run/) },
  ]);
});

test('who writes it again and again is not fought for more than three times a day', async () => {
  await using http = await startHttp();
  const kinds: string[] = [];

  // A correction is a deployment of its own, which is changed in its turn.
  for (const number of [1, 3, 5, 7]) {
    const { deployId } = await deployed(http.db, { number, outcome: 'succeeded' });
    kinds.push(...(await correct(http, [changed(deployId)])).corrections.map(({ kind }) => kind));
  }

  expect(kinds).toEqual(['begun', 'begun', 'begun', 'left']);
});

async function correct({ db }: HttpFixture, drifts: ObjectDrift[], changes: Partial<EnvironmentConfig> = {}) {
  const { staging } = testConfig.environments;
  if (staging === undefined) throw new Error('no staging');
  const delivered: string[] = [];
  const deliverRun = async (runId: string) => void delivered.push(runId);
  const corrections = await correctDrift({ db, deliverRun }, { ...staging, ...changes }, drifts);
  return { corrections, delivered };
}

function changed(deployId: string, object = 'deployment/cart'): ObjectDrift {
  const field = { path: 'spec.image', applied: 'a', live: 'b', manager: 'kubectl-edit', at: null };
  return { object, state: 'changed', fields: [field], note: null, deployId };
}

function correctionsOf(db: Db) {
  return db.selectFrom('run').selectAll().where('trigger', '=', 'correction').execute();
}
