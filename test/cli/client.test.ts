import { expect, test } from 'vitest';
import { noTriggers } from '../../src/domain/no-triggers.ts';
import { insertDecisions } from '../../src/store/changes.ts';
import { startHttp, storeDeployment, storeExplainedEvent, storeRun } from '../http/start-http.ts';
import { httpServer } from '../images/http-server.ts';
import { freePort } from '../support/free-port.ts';
import { pipelineOf } from '../triggers/triggers-under-test.ts';
import { environmentFor, runCli } from './run-cli.ts';
import { runHere } from './run-here.ts';

test('runs are shown in lines that fit the terminal, or as JSON', async () => {
  await using http = await startHttp();
  const environment = await environmentFor(http);
  await storeRun(http.db, {
    number: 12,
    branch: 'branches/a-name-that-is-much-longer-than-anybody-would-like',
  });
  await http.db
    .updateTable('run')
    .set({ message: '把购物车改得更好 '.repeat(20), author: 'an\u001b[31mn' })
    .execute();

  const table = await runHere(['runs'], environment);
  const json = await runHere(['runs', '--json'], environment);

  expect(table).toMatchObject({ exitCode: 0, stderr: '' });
  expect(table.stdout).toMatch(/^RUN +STATUS +BRANCH/);
  expect(table.stdout).toContain('cart#12  queued');
  expect(table.stdout).not.toContain('\u001b');
  for (const line of table.stdout.split('\n')) expect(columnsOf(line)).toBeLessThanOrEqual(100);
  expect(JSON.parse(json.stdout).items).toMatchObject([{ number: 12 }]);
});

test('in a pipe a line is as long as what it tells, so that a cause is found in it', async () => {
  await using http = await startHttp();
  await storeRun(http.db, { number: 12 });
  const reason = `${'1 of 3 new pods: container `cart` exits 7; '.repeat(5)}last line: ECONNREFUSED`;
  await http.db.updateTable('run').set({ reason }).execute();

  const { stdout } = await runCli(['runs'], await environmentFor(http));

  expect(stdout).toContain(reason);
});

test('a run is shown by id, number and as the latest of its pipeline', async () => {
  await using http = await startHttp();
  const environment = await environmentFor(http);
  await storeRun(http.db, { number: 11 });
  const { id } = await storeRun(http.db, { number: 12 });
  await storeDeployment(http.db, id);
  const output = JSON.stringify({ outputs: { VERSION: '1.4\u001b[31m' } });
  await http.db.updateTable('step').set({ output }).where('id', '=', 'staging').execute();

  const shown = await Promise.all(
    ['cart', 'cart#12', id].map((name) => runHere(['show', name], environment)),
  );

  for (const { exitCode, stdout } of shown) {
    expect(exitCode).toBe(0);
    expect(stdout).toContain('cart#12  queued');
    expect(stdout).toContain('image     127.0.0.1:5000/shop/cart@sha256:2');
    expect(stdout).toContain('deployed  deployment/cart in staging: active\n');
    expect(stdout).toMatch(/^pipeline {2}the server's file, sha256 [0-9a-f]{16}$/m);
    expect(stdout).toContain('output    staging: VERSION=1.4 [31m\n');
    expect(stdout).toMatch(/^staging +deploy +pending/m);
  }
});

test('cancel, retry, and what cannot be done, with their exit codes', async () => {
  await using http = await startHttp();
  const environment = await environmentFor(http, 'run');
  await storeRun(http.db);

  const cancelled = await runHere(['cancel', 'cart#1'], environment);
  const again = await runHere(['cancel', 'cart#1', '--rollout', 'leave'], environment);
  const retried = await runHere(['retry', 'cart#1', '--json'], environment);
  const unknown = await runHere(['show', 'cart#99'], environment);

  expect(cancelled).toMatchObject({ exitCode: 0, stdout: 'cart#1 cancelled\n' });
  expect(again.exitCode).toBe(1);
  expect(again.stderr).toContain('cart #1 cannot be cancelled: it has ended already.');
  expect(JSON.parse(retried.stdout)).toMatchObject({ number: 2, trigger: 'retry' });
  expect(unknown).toMatchObject({ exitCode: 1, stdout: '' });
  expect(unknown.stderr).toContain('There is no run "cart#99".');
});

test('a server that is not there is named, with what to do', async () => {
  const url = `http://127.0.0.1:${await freePort()}`;

  const away = await runHere(['runs'], { TRUNKLINE_URL: url });
  const nonsense = await runHere(['runs'], { TRUNKLINE_URL: 'ci.example.com' });

  expect(away).toMatchObject({ exitCode: 3, stdout: '' });
  expect(away.stderr).toBe(
    `trunkline: Cannot reach Trunkline at ${url}: the connection is refused.\n  Start the server with "trunkline serve", or set TRUNKLINE_URL.\n`,
  );
  expect(nonsense.exitCode).toBe(2);
});

test('an address where something else answers, and a token that can be none, are wrong use', async () => {
  await using other = await httpServer((_request, response) => {
    response.writeHead(404, { 'content-type': 'application/json' }).end('{"errors":[]}');
  });
  const url = `http://${other.host}`;

  const foreign = await runHere(['runs'], { TRUNKLINE_URL: url });
  const cut = await runHere(['runs'], { TRUNKLINE_URL: url, TRUNKLINE_TOKEN: 'trk_one\ntwo' });

  expect(foreign).toMatchObject({ exitCode: 2, stdout: '' });
  expect(foreign.stderr).toContain(`${url} answers, but not as Trunkline does (404).`);
  expect(cut).toMatchObject({ exitCode: 2, stdout: '' });
  expect(cut.stderr).toContain('TRUNKLINE_TOKEN is not a token');
});

test('cancelling a rollout in progress asks on a terminal what becomes of it', async () => {
  const wishes: object[] = [];
  await using http = await startHttp({
    requestCancel: async ({ rollout }) => {
      wishes.push({ rollout });
      return 'requested';
    },
  });
  const environment = await environmentFor(http);
  const { id } = await storeRun(http.db);
  await storeDeployment(http.db, id);
  const questions: string[] = [];
  const answering = (answer: string) => ({
    terminal: {
      ask: async (question: string) => {
        questions.push(question);
        return answer;
      },
    },
  });

  await runHere(['cancel', 'cart'], environment, answering('leave'));
  await runHere(['cancel', 'cart'], environment, answering(''));
  await runHere(['cancel', 'cart', '--rollout', 'leave'], environment, answering('unasked'));
  await runHere(['cancel', 'cart'], environment);
  const unclear = await runHere(['cancel', 'cart'], environment, answering('perhaps'));

  expect(wishes).toEqual([
    { rollout: 'leave' },
    { rollout: 'roll-back' },
    { rollout: 'leave' },
    { rollout: 'roll-back' },
  ]);
  expect(questions).toHaveLength(3);
  expect(questions[0]).toContain('A rollout to staging is in progress.');
  expect(unclear.exitCode).toBe(2);
});

test('an event is explained by every filter of every pipeline', async () => {
  await using http = await startHttp();
  const environment = await environmentFor(http);
  await storeExplainedEvent(http.db);

  const { stdout, exitCode } = await runHere(['explain', 'event-1'], environment);
  const replayed = await runHere(['replay', 'event-1'], environment);

  expect(exitCode).toBe(0);
  expect(stdout.split('\n').slice(1)).toEqual([
    '',
    'trunk at r7 by ann, 1 path: Sell more',
    '  cart does not run',
    '    ✓ branches: trunk (asked for: trunk)',
    '    ✗ paths: docs/a.md (asked for: services/cart/**)',
    '',
  ]);
  expect(replayed).toMatchObject({ exitCode: 0, stderr: '' });
});

test('a commit that waits, and one that a newer run stands for, are told as that', async () => {
  await using http = await startHttp();
  const environment = await environmentFor(http);
  await storeExplainedEvent(http.db);
  const run = await storeRun(http.db);
  const decision = { change_id: 'change-1', filters: [], run_id: null };
  await insertDecisions(http.db, [
    { ...decision, pipeline: 'shipped', verdict: 'skip', collapsed_into: run.id },
    { ...decision, pipeline: 'slow', verdict: 'wait', wait_ms: 3_600_000 },
  ]);

  const explained = await runHere(['explain', 'event-1'], environment);
  const shown = await runHere(['show', 'cart#1'], environment);

  expect(explained.stdout.split('\n').slice(-3)).toEqual([
    `  shipped does not run; the run ${run.id} of a newer revision stands for it`,
    expect.stringMatching(/^ {2}slow waits for its branch to be quiet, until 20\S+Z if nothing comes$/),
    '',
  ]);
  expect(shown.stdout).toContain('with      r7 by ann: Sell more');
});

test('what came in is listed, with the ids that explain wants', async () => {
  await using http = await startHttp();
  const environment = await environmentFor(http);
  await storeExplainedEvent(http.db);

  const { stdout, exitCode } = await runHere(['events', '--repository', 'shop'], environment);
  const none = await runHere(['events', '--repository', 'other'], environment);

  expect(exitCode).toBe(0);
  expect(stdout).toMatch(/^EVENT +FROM +REPOSITORY +REVISION +AGE +STATE\nevent-1 +svn-hook +shop +r7 /);
  expect(none).toMatchObject({ stdout: '', stderr: 'No events.\n', exitCode: 0 });
});

/** East Asian characters are two columns wide. */
function columnsOf(line: string): number {
  return [...line].reduce((sum, character) => sum + (/\p{Script=Han}/u.test(character) ? 2 : 1), 0);
}

test('pipelines are listed with what starts them and when that is next', async () => {
  const pipeline = pipelineOf('nightly');
  pipeline.pipeline.on = {
    ...noTriggers,
    schedule: { cron: '0 2 * * *', timezone: 'Asia/Shanghai', branch: null, missed: 'once' },
    pipeline: { name: 'base', on: 'succeeded', branches: ['**'] },
  };
  const entry = { ...pipeline, file: 'nightly.yaml' };
  const catalogue = {
    list: () => [entry],
    get: () => entry,
    problems: () => [],
    awaited: () => [],
    file: () => undefined,
  };
  await using http = await startHttp({ catalogue });

  const listed = await runHere(['pipelines'], await environmentFor(http));

  expect(listed.stdout).toMatch(/^PIPELINE +LATEST +STATUS +NEXT +STARTED BY\n/);
  expect(listed.stdout).toMatch(/nightly +\d{4}-\d\d-\d\d \d\d:\d\d, in \d+[hms]/);
  expect(listed.stdout).toContain('schedule 0 2 * * * (Asia/Sh');
});
