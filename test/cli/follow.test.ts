import { expect, test } from 'vitest';
import type { HttpDependencies } from '../../src/http/dependencies.ts';
import { createHttpServer } from '../../src/http/server.ts';
import { endRun, openRunLog } from '../http/run-log-writer.ts';
import { startHttp, storeRun } from '../http/start-http.ts';
import { freePort } from '../support/free-port.ts';
import { waitFor } from '../support/wait-for.ts';
import { environmentFor, runCli, startCli } from './run-cli.ts';

test('logs are printed as they are; with -f to the end of the run', async () => {
  await using http = await startHttp();
  const environment = await environmentFor(http);
  const { id } = await storeRun(http.db);
  const log = await openRunLog(http.db, id);
  await log.write('first\n');

  const sofar = await runCli(['logs', 'cart'], environment);
  const live = startCli(['logs', '-f', 'cart'], environment);
  await waitFor(() => live.printed.stdout === 'first\n', { what: 'the first line' });
  await log.write('second\n', 'push');
  await endRun(http.db, 'failed', 'exit code 1');
  const ended = await live.result;

  expect(sofar).toEqual({ exitCode: 0, stdout: 'first\n', stderr: '' });
  expect(ended).toEqual({
    exitCode: 0,
    stdout: 'first\nsecond\n',
    stderr: 'The run has ended: failed: exit code 1\n',
  });
});

test('logs --grep prints the lines that hold a text, with number and step, and fails when there are none or the log is gone', async () => {
  await using http = await startHttp();
  const environment = await environmentFor(http);
  const { id } = await storeRun(http.db);
  const log = await openRunLog(http.db, id);
  await log.write('first\n');
  await log.write(Array.from({ length: 1_200 }, (_, index) => `Pushed layer ${index}\n`).join(''), 'push');

  const found = await runCli(['logs', 'cart', '--grep', 'pushed'], environment);
  const ofStep = await runCli(['logs', 'cart', '--step', 'push', '--grep', 'layer 1199'], environment);
  const json = await runCli(['logs', 'cart', '--grep', 'FIRST', '--json'], environment);
  const none = await runCli(['logs', 'cart', '--grep', 'pulled'], environment);
  const nothing = await runCli(['logs', 'cart', '--grep', ''], environment);
  const both = await runCli(['logs', 'cart', '-f', '--grep', 'pushed'], environment);
  await http.db.updateTable('run').set({ log_removed_at: '2026-03-01T12:00:00Z' }).execute();
  const shown = await runCli(['show', 'cart'], environment);
  const gone = await runCli(['logs', 'cart'], environment);

  expect(found.stdout.split('\n')).toHaveLength(1_201);
  expect(found.stdout).toMatch(/^2 push │ Pushed layer 0\n3 push │ Pushed layer 1\n/);
  expect(ofStep.stdout).toBe('1200 │ Pushed layer 1199\n');
  expect(JSON.parse(json.stdout)).toEqual({ items: [expect.objectContaining({ line: 1, step: 'image' })] });
  expect(none).toMatchObject({ exitCode: 1, stdout: '' });
  expect(none.stderr).toContain('No line of the log of cart holds "pulled".');
  expect(nothing).toMatchObject({ exitCode: 2, stdout: '' });
  expect(nothing.stderr).toContain('--grep takes the text that the lines hold.');
  expect(both.exitCode).toBe(2);
  expect(shown.stdout).toMatch(/^note +log removed on 2026-03-01 by the retention policy$/m);
  expect(gone).toMatchObject({ exitCode: 2, stdout: '' });
  expect(gone.stderr).toContain('was removed on 2026-03-01');
});

test('logs -f goes on across a server that is restarted, without loss or repetition', async () => {
  const port = await freePort();
  await using http = await startHttp();
  await http.app.listen({ host: '127.0.0.1', port });
  const environment = await environmentFor(http);
  const { id } = await storeRun(http.db);
  const log = await openRunLog(http.db, id);
  await log.write('before\n');
  const live = startCli(['logs', '-f', 'cart#1', '--json'], environment);
  await waitFor(() => live.printed.stdout.includes('before'), { what: 'the first line' });

  await http.app.close();
  await log.write('meanwhile\n');
  await using second = new AsyncDisposableStack();
  const next = second.adopt(await createHttpServer(http.parts), (app) => app.close());
  await next.listen({ host: '127.0.0.1', port });
  await waitFor(() => live.printed.stdout.includes('meanwhile'), { what: 'the line written meanwhile' });
  await log.write('after\n');
  await endRun(http.db, 'succeeded', 'done');
  const { stdout, stderr, exitCode } = await live.result;

  expect(exitCode).toBe(0);
  const lines = stdout.trim().split('\n');
  expect(lines.map((line) => JSON.parse(line).text)).toEqual(['before\n', 'meanwhile\n', 'after\n']);
  expect(stderr).toContain('The connection is lost; trying again.');
});

test('trigger --follow shows each step and ends with the exit code of the outcome', async () => {
  const requested: Parameters<HttpDependencies['requestRun']>[0][] = [];
  await using http = await startHttp({
    requestRun: async (wish) => {
      requested.push(wish);
      return { kind: 'created', runId: run.id };
    },
  });
  const environment = await environmentFor(http);
  const run = await storeRun(http.db);

  const live = startCli(
    ['trigger', 'cart', '--branch', 'trunk', '--revision', '7', '--param', 'a=b', '--follow'],
    environment,
  );
  await waitFor(() => live.printed.stdout.includes('push succeeded'), { what: 'the steps' });
  await endRun(http.db, 'failed', 'the pods never became ready');
  const { stdout, stderr, exitCode } = await live.result;

  expect(requested).toMatchObject([
    { pipeline: 'cart', branch: 'trunk', revision: '7', parameters: { a: 'b' } },
  ]);
  expect(stdout).toBe(
    'cart#1 is queued: trunk at r7\nimage succeeded\npush succeeded\nstaging failed: the pods never became ready\ncart#1 failed: the pods never became ready\n',
  );
  expect(stderr).toBe("trunkline logs 'cart#1' --step staging\n");
  expect(exitCode).toBe(1);
});

test('trigger refuses a parameter that is given twice, instead of taking one of its values', async () => {
  const requested: unknown[] = [];
  await using http = await startHttp({
    requestRun: async (wish) => {
      requested.push(wish);
      return { kind: 'unknown-pipeline' };
    },
  });
  const environment = await environmentFor(http);

  const twice = await runCli(['trigger', 'cart', '--param', 'a=b', '--param', 'a=c'], environment);

  expect(twice).toMatchObject({ exitCode: 2, stdout: '' });
  expect(twice.stderr).toContain("argument 'a=c' is invalid. A parameter has one value; a is given twice.");
  expect(requested).toEqual([]);
});

test('a run that ends by our fault gives exit code 3', async () => {
  await using http = await startHttp({ requestRun: async () => ({ kind: 'created', runId: run.id }) });
  const environment = await environmentFor(http);
  const run = await storeRun(http.db);
  await endRun(http.db, 'errored', 'the registry cannot be reached');

  const { exitCode } = await runCli(['trigger', 'cart', '--follow'], environment);

  expect(exitCode).toBe(3);
});
