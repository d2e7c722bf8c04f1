import { expect, test } from 'vitest';
import { openDatabase } from '../../src/store/database.ts';
import { authenticateToken } from '../../src/store/tokens.ts';
import { startDatabase } from '../support/postgres.ts';
import { runHere } from './run-here.ts';

test('where every token is lost, whoever runs the server makes one in its database, on record', async () => {
  await using postgres = await startDatabase();
  await using store = openDatabase({ url: postgres.url, applicationName: 'test' });

  const made = await runHere(['token', 'create', 'again', '--scope', 'admin', '--local'], {
    DATABASE_URL: postgres.url,
  });

  expect(made.exitCode).toBe(0);
  const principal = await authenticateToken(store.db, made.stdout.trim());
  expect(principal).toMatchObject({ name: 'again', scopes: ['admin'], limit: null });
  expect(await store.db.selectFrom('audit').select(['who', 'action']).execute()).toEqual([
    { who: 'machine of the server', action: 'token.create' },
  ]);
});

test('a limited token is not made past the server, which knows the names', async () => {
  const refused = await runHere(['token', 'create', 'team', '--repository', 'shop', '--local']);

  expect(refused).toMatchObject({ exitCode: 2, stdout: '' });
  expect(refused.stderr).toContain('--scope admin --local');
});
