import { expect, test } from 'vitest';
import { startHttp, storeRun } from './start-http.ts';

test('anybody sees how the last run of a pipeline ended, where the config says so, and of all others the same image', async () => {
  await using http = await startHttp();
  const end = async (
    number: number,
    more: { outcome: 'succeeded' | 'failed' | 'cancelled'; branch?: string },
  ) => {
    const { id } = await storeRun(http.db, { number });
    const values = { state: 'ended' as const, ended_at: new Date(), ...more };
    await http.db
      .updateTable('run')
      .set(values as never)
      .where('id', '=', id)
      .execute();
  };
  const image = async (path: string) => {
    const { statusCode, headers, body } = await http.app.inject(`/badges/${path}`);
    return { statusCode, type: headers['content-type'], cache: headers['cache-control'], body };
  };

  const before = await image('cart.svg');
  await end(1, { outcome: 'failed' });
  const failing = await image('cart.svg');
  await end(2, { outcome: 'succeeded' });
  await end(3, { outcome: 'cancelled' });
  await end(4, { outcome: 'failed', branch: 'branches/x' });
  const passing = await image('cart.svg');
  const branch = await image('cart.svg?branch=branches/x');
  await http.db
    .updateTable('run')
    .set({ pipeline: 'secret-one' } as never)
    .execute();
  const hidden = await image('secret-one.svg');
  const missing = await image('no-such-thing.svg');

  const label = ({ body }: { body: string }) => /aria-label="([^"]*)"/.exec(body)?.[1];
  expect([before, failing, passing, branch].map(label)).toEqual([
    'build: unknown',
    'cart: failing',
    'cart: passing',
    'cart: failing',
  ]);
  expect(passing).toMatchObject({ statusCode: 200, type: 'image/svg+xml', cache: 'public, max-age=30' });
  expect(hidden).toEqual(missing);
  expect(hidden).toEqual(before);
});
