import { expect, test } from 'vitest';
import { startHttp, storeRun } from '../http/start-http.ts';
import { environmentFor } from './run-cli.ts';
import { runHere } from './run-here.ts';

test('a token is made, used, listed and ended', async () => {
  await using http = await startHttp();
  const environment = await environmentFor(http);

  const made = await runHere(
    ['token', 'create', 'nightly', '--scope', 'read', '--expires', '30'],
    environment,
  );
  const robot = { ...environment, TRUNKLINE_TOKEN: made.stdout.trim() };
  const used = await runHere(['runs'], robot);
  const refused = await runHere(['token', 'list'], robot);
  const listed = await runHere(['token', 'list'], environment);
  const revoked = await runHere(['token', 'revoke', 'nightly', '--json'], environment);
  const after = await runHere(['runs'], robot);

  expect(made.stdout).toMatch(/^trk_\S+\n$/);
  expect(used.exitCode).toBe(0);
  expect(refused.exitCode).toBe(2);
  expect(refused.stderr).toContain('does not have the scope "admin"');
  expect(listed.stdout).toMatch(/^nightly +read +\d+s ago/m);
  expect(JSON.parse(revoked.stdout)).toMatchObject({ name: 'nightly' });
  expect(after.exitCode).toBe(2);
  expect(after.stderr).toContain('TRUNKLINE_TOKEN');
});

test('a token that is limited to a pipeline sees its runs alone, and the list of tokens tells its limit', async () => {
  await using http = await startHttp();
  await storeRun(http.db, { pipeline: 'cart' });
  await storeRun(http.db, { pipeline: 'mail' });
  const environment = await environmentFor(http);

  const made = await runHere(
    ['token', 'create', 'team', '--scope', 'run', '--repository', 'shop', '--pipeline', 'cart'],
    environment,
  );
  const team = { ...environment, TRUNKLINE_TOKEN: made.stdout.trim() };
  const runs = await runHere(['runs', '--json'], team);
  const other = await runHere(['cancel', 'mail#1'], team);
  const workers = await runHere(['workers'], team);
  const listed = await runHere(['token', 'list'], environment);

  expect(JSON.parse(runs.stdout).items).toMatchObject([{ pipeline: 'cart' }]);
  expect(other).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('There is no run "mail#1"') });
  expect(workers).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('is limited to some') });
  expect(listed.stdout).toMatch(/^team +run +shop; cart +/m);
});
