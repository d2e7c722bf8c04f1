import { expect, test } from 'vitest';
import type { StepProgress } from '../../src/domain/step-progress.ts';
import type { Db } from '../../src/store/database.ts';
import { acquireLease } from '../../src/store/leases.ts';
import { beginStep } from '../../src/store/runs.ts';
import { writeProgress } from '../../src/store/step-progress.ts';
import { endRun, openRunLog } from '../http/run-log-writer.ts';
import { startHttp, storeRun } from '../http/start-http.ts';
import { waitFor } from '../support/wait-for.ts';
import { environmentFor } from './run-cli.ts';
import { runHere } from './run-here.ts';
import { openScreen } from './screen.ts';

test('on a terminal a run is drawn in place: its steps, how far they are, each pod, and the cause', async () => {
  await using http = await startHttp({ requestRun: async () => ({ kind: 'created', runId: run.id }) });
  const environment = await environmentFor(http);
  const run = await storeRun(http.db);
  using screen = openScreen();
  const seen = async (text: string) => (await screen.lines()).join('\n').includes(text);

  const followed = runHere(['trigger', 'cart', '--follow'], environment, { terminal: screen.terminal });
  const deploy = await deployUnderWay(http.db, run.id);
  await deploy.progress(rollout(1));
  await waitFor(() => seen('1 of 3 pods'), { what: 'the first pod' });
  await deploy.progress(rollout(2));
  await waitFor(() => seen('2 of 3 pods'), { what: 'the second pod' });
  const during = await screen.lines();
  await endRun(http.db, 'failed', 'cart is crashing: exit code 3');
  const { exitCode } = await followed;

  expect(exitCode).toBe(1);
  expect(during.map((line) => line.replaceAll(/ +\d+s/g, ' #s'))).toEqual([
    'cart#1 is queued: trunk at r7',
    'cart#1  queued  trunk at r7 by ann',
    '  ✔ image',
    '  ✔ push',
    expect.stringMatching(/^ {2}[⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏] staging #s {2}2 of 3 pods available$/),
    '      rollout  ████████████████████░░░░░░░░░░  2 of 3 pods',
    '      ✔ cart-1  ready',
    '      ✔ cart-2  ready',
    '      ● cart-3  pulling its image',
    '      ○ cart-0  old version, still runs',
  ]);
  expect((await screen.lines()).map((line) => line.replaceAll(/ +\d+s/g, ' #s'))).toEqual([
    'cart#1 is queued: trunk at r7',
    'cart#1  failed  trunk at r7 by ann',
    '  ✔ image',
    '  ✔ push',
    '  ✖ staging #s  failed',
    '      cart is crashing: exit code 3',
    'cart#1 failed: cart is crashing: exit code 3',
    "trunkline logs 'cart#1' --step staging",
  ]);
});

test('on a terminal the log scrolls above the state of its run', async () => {
  await using http = await startHttp();
  const environment = await environmentFor(http);
  const { id } = await storeRun(http.db);
  using screen = openScreen({ rows: 8 });
  const seen = async (text: string) => (await screen.lines()).join('\n').includes(text);
  const log = await openRunLog(http.db, id);

  const followed = runHere(['logs', '-f', 'cart'], environment, { terminal: screen.terminal });
  for (let line = 1; line <= 12; line++) await log.write(`line ${line}\n`);
  await waitFor(async () => (await seen('line 12')) && (await seen('○ staging')), { what: 'log and state' });
  await log.write('unfini');
  await log.write('shed\n');
  await endRun(http.db, 'succeeded', '');
  await followed;

  const lines = await screen.lines();
  expect(lines.slice(0, 14)).toEqual([
    '── image',
    ...Array.from({ length: 12 }, (_, index) => `line ${index + 1}`),
    'unfinished',
  ]);
  expect(lines[14]).toBe('cart#1  succeeded  trunk at r7 by ann');
  expect(lines.at(-1)?.trimEnd()).toMatch(/✔ staging/);
});

test('where nobody watches, progress is a few lines without a single control character', async () => {
  await using http = await startHttp();
  const environment = await environmentFor(http);
  const { id } = await storeRun(http.db);
  let stdout = '';
  const print = (text: string) => {
    stdout += text;
  };
  const followed = runHere(['show', '-f', 'cart'], environment, { terminal: { print } });
  const deploy = await deployUnderWay(http.db, id);

  await deploy.progress(rollout(1));
  await waitFor(() => stdout.includes('rollout'), { what: 'the rollout' });
  for (let ready = 1; ready <= 50; ready++) await deploy.progress(rollout(ready % 3));
  await endRun(http.db, 'succeeded', 'as wished');
  await followed;

  expect(stdout.split('\n').slice(0, 5)).toEqual([
    'image succeeded',
    'push succeeded',
    'staging running',
    'staging rollout: 1 of 3 pods available',
    'staging succeeded: as wished',
  ]);
  expect(stdout.replaceAll('\n', '')).not.toMatch(/\p{Cc}/u);
});

test('show --follow ends with the exit code of the outcome', async () => {
  await using http = await startHttp();
  const environment = await environmentFor(http);
  await storeRun(http.db);
  await endRun(http.db, 'failed', 'cart is crashing: exit code 3');

  const followed = await runHere(['show', '-f', 'cart'], environment);
  const shown = await runHere(['show', 'cart'], environment);

  expect(followed).toMatchObject({ exitCode: 1, stdout: expect.stringContaining(shown.stdout) });
  expect(shown.exitCode).toBe(0);
});

async function deployUnderWay(db: Db, runId: string) {
  const lease = await acquireLease(db, { runId, owner: 'test', ttlMs: 60_000 });
  if (lease === null) throw new Error(`somebody else works on run ${runId}`);
  const attempt = await beginStep(db, lease, 'staging');
  return {
    progress: (progress: StepProgress) => writeProgress(db, lease, { stepId: 'staging', attempt, progress }),
  };
}

function rollout(ready: number): StepProgress {
  const common = { done: null, total: null };
  const pods = [1, 2, 3].map((number) =>
    number <= ready
      ? { name: `cart-${number}`, state: 'done' as const, text: 'ready', ...common }
      : { name: `cart-${number}`, state: 'working' as const, text: 'pulling its image', ...common },
  );
  const old = { name: 'cart-0', state: 'waiting' as const, text: 'old version, still runs', ...common };
  const text = `${ready} of 3 pods available`;
  return { phase: 'rollout', text, done: ready, total: 3, unit: 'pods', items: [...pods, old] };
}
