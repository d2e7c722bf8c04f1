import { expect, test } from 'vitest';
import { claimWatcher, ensureWatcher, failPoll } from '../../src/store/watchers.ts';
import { startHttp, storeDeployment, storeRun } from '../http/start-http.ts';
import { environmentFor } from './run-cli.ts';
import { runHere } from './run-here.ts';

test('repositories are listed with what is wrong with one in a line', async () => {
  await using http = await startHttp();
  const environment = await environmentFor(http);
  const claim = { repository: 'shop', owner: 'me' };
  await ensureWatcher(http.db, 'shop', 'svn://svn.example.com/shop');
  await claimWatcher(http.db, { ...claim, ttlMs: 60_000, ifDue: false });
  await http.db.updateTable('watcher').set({ cursor: 12, newest: 15 }).execute();
  await ensureWatcher(http.db, 'web', 'https://git.example.com/web.git');
  await http.db.updateTable('watcher').set({ cursor: 3 }).where('repository', '=', 'web').execute();
  await failPoll(http.db, { ...claim, nextPollInMs: 1000, error: 'svn info: Authentication\nfailed' });

  const table = await runHere(['repositories'], environment);
  const json = await runHere(['repositories', '--json'], environment);

  expect(table).toMatchObject({ exitCode: 0, stderr: '' });
  expect(table.stdout).toMatch(/^shop +failing +r12, 3 behind +\d+s +none +svn:/m);
  expect(table.stdout).toMatch(/^shop: cannot be read for \d+s \(1 try\): svn info: Authentication failed$/m);
  expect(table.stdout).toMatch(/^web +new +3 moves +/m);
  expect(JSON.parse(json.stdout).items).toContainEqual(
    expect.objectContaining({ name: 'shop', state: 'failing', cursor: '12', behind: 3 }),
  );
});

test('environments are listed with what runs where; one, with what was rolled out before', async () => {
  await using http = await startHttp();
  const environment = await environmentFor(http);
  const empty = await runHere(['environments'], environment);
  const { id } = await storeRun(http.db, { number: 12 });
  await storeDeployment(http.db, id);

  const all = await runHere(['environments'], environment);
  const one = await runHere(['environments', 'staging'], environment);
  const unknown = await runHere(['environments', 'stagin'], environment);

  expect(empty.stdout).toMatch(/^staging +nothing yet$/m);
  expect(all.stdout).toMatch(/^staging +deployment\/cart .*cart#12 is being rolled out$/m);
  expect(one.stdout).toMatch(/^cart#12 +active +deployment\/cart +trunk +r7 +\S+ +ann +Sell more$/m);
  expect(unknown).toMatchObject({ exitCode: 1, stdout: '' });
  expect(unknown.stderr).toContain('staging');
});

test('workers are listed', async () => {
  await using http = await startHttp();
  const environment = await environmentFor(http);
  await http.db
    .insertInto('worker')
    .values({
      id: 'w1',
      host: 'node-3',
      pid: 42,
      version: '1.2.3',
      concurrency: 4,
      labels: ['gpu', 'linux'],
      state: 'ready',
    })
    .execute();

  const { stdout } = await runHere(['workers'], environment);

  expect(stdout).toMatch(/^w1 +ready +node-3, process 42 +0 of 4 +gpu,linux +0s +0s ago +1\.2\.3$/m);
});

test('a worker is drained by a command, and takes runs again by another', async () => {
  await using http = await startHttp();
  const environment = await environmentFor(http, 'admin');
  await http.db
    .insertInto('worker')
    .values({ id: 'w1', host: 'node-3', pid: 42, version: '1.2.3', concurrency: 4, state: 'ready' })
    .execute();

  const drained = await runHere(['drain', 'w1'], environment);
  const { stdout } = await runHere(['workers'], environment);
  const undone = await runHere(['drain', 'w1', '--undo', '--json'], environment);
  const after = await runHere(['workers'], environment);
  const unknown = await runHere(['drain', 'w7'], environment);

  expect(drained.stderr).toBe('');
  expect(drained.stdout).toContain('w1 takes no new runs');
  expect(stdout).toMatch(/^w1 +draining/m);
  expect(JSON.parse(undone.stdout)).toEqual({ id: 'w1', isDrainAsked: false });
  expect(after.stdout).toMatch(/^w1 +ready/m);
  expect(unknown.stderr).toContain('There is no worker "w7"');
});
