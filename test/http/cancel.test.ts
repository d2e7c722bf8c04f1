import { expect, test } from 'vitest';
import { requestCancel } from '../../src/runs/cancel-run.ts';
import { startHttp, storeRun } from './start-http.ts';

test('whoever wants something else of a cancel than who was first is told what was wanted first', async () => {
  await using http = await startHttp();
  const headers = await http.as('run');
  const { id } = await storeRun(http.db);
  await http.db.updateTable('run').set({ state: 'running' }).where('id', '=', id).execute();
  await requestCancel(http.db, { runId: id, by: 'tom', rollout: 'leave' });
  const cancel = (rollout: string) =>
    http.app.inject({ method: 'POST', url: '/api/v1/runs/cart:1/cancel', headers, payload: { rollout } });

  const same = await cancel('leave');
  const other = await cancel('roll-back');

  expect(same.statusCode).toBe(202);
  expect(other.json()).toMatchObject({
    status: 409,
    code: 'run-being-cancelled',
    detail: 'cart #1 is being cancelled already, by tom: what it has begun to roll out is left as it is.',
  });
});
