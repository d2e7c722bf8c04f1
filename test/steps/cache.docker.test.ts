import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pino } from 'pino';
import { expect, test } from 'vitest';
import { createStepCaches } from '../../src/steps/run/step-caches.ts';
import { createRunStep } from '../../src/steps/run-step.ts';
import { type EngineUnderTest, engineUnderTest } from '../images/engine-under-test.ts';
import { baseImage } from '../support/docker.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { contextUnderTest, plain, runStep } from './step-context.ts';

const docker = { networks: ['none'], limits: { cpus: 2, memoryBytes: 64 * 2 ** 20, pids: 64 } };
const cache = [{ keyFiles: ['lock'], paths: ['modules'] }];
const make = [
  'mkdir -p modules/deep modules/.bin',
  'echo "made for $(cat lock)" > modules/deep/tool && chmod 755 modules/deep/tool',
  'touch -t 202001010000 modules/deep/tool',
  'ln -s ../deep/tool modules/.bin/tool && ln modules/deep/tool modules/same',
];
/** What fails where one of it is not there as it was. */
const use =
  'test -x modules/deep/tool && test modules/deep/tool -ef modules/same && test modules/deep/tool -ot lock && cat modules/.bin/tool';

/** Runs a step each time in a fresh tree with these files. */
function runsOf(tested: EngineUnderTest, folder: string, mostBytes = 2 ** 20) {
  const setting = { folder, mostBytes, keepMs: 60_000, logger: pino({ level: 'silent' }) };
  const caches = createStepCaches(setting);
  return async (commands: string[], lock = '1', request?: number) => {
    await using context = await contextUnderTest({ lock });
    const step = runStep({ from: { image: await baseImage() }, commands, cache });
    const told = request === undefined ? {} : { request: { number: request, source: 'a', target: 'b' } };
    const run = { ...context.run, told };
    const handler = createRunStep({ engine: tested.engine, docker, ...plain, caches });
    const { outcome } = await handler.execute(step, { ...context, run });
    return { outcome, output: context.output() };
  };
}

test('what a step has made is there in its next run, with modes, times and links, as long as the key files are the same', async () => {
  await using tested = await engineUnderTest();
  await using folder = await temporaryFolder();
  const run = runsOf(tested, folder.path);

  const first = await run(make);
  const second = await run([use]);
  const changed = await run(['test ! -e modules'], '2');

  expect(first.output).toContain('cache miss: modules: nothing is kept here for lock as it is');
  expect(first.output).toContain('cache kept: modules');
  expect(second.outcome).toBe('succeeded');
  expect(second.output).toContain('cache hit: modules, 11 bytes');
  expect(second.output).toContain('made for 1');
  expect(changed.outcome).toBe('succeeded');
  expect(changed.output).toContain('cache of modules not kept: there is no modules');
});

test('a step that fails keeps nothing, nor does one with a link out of its tree or with too much', async () => {
  await using tested = await engineUnderTest();
  await using folder = await temporaryFolder();
  const run = runsOf(tested, folder.path, 4096);

  const failed = await run(['mkdir modules', 'false']);
  const out = await run(['mkdir modules', 'ln -s ../../etc modules/etc']);
  const large = await run(['mkdir modules', 'head -c 9000 /dev/zero > modules/large']);

  expect(failed.outcome).toBe('failed');
  expect(out.output).toContain('not kept: the link modules/etc leads out of the workspace');
  expect(large.output).toContain('not kept: it is more than the 4.1 kB that the server keeps');
  expect([out.outcome, large.outcome]).toEqual(['succeeded', 'succeeded']);
  expect(await readdir(folder.path)).toEqual([]);
});

test('a merge request finds what branches have kept; what it keeps, only it finds', async () => {
  await using tested = await engineUnderTest();
  await using folder = await temporaryFolder();
  const run = runsOf(tested, folder.path);

  await run(make, 'of the request', 7);
  const branch = await run(['test ! -e modules'], 'of the request');
  const other = await run(['test ! -e modules'], 'of the request', 8);
  const again = await run([use], 'of the request', 7);
  await run(make, 'of a branch');
  const shared = await run([use], 'of a branch', 7);

  expect([branch, other, again, shared].map(({ outcome }) => outcome)).toEqual(Array(4).fill('succeeded'));
  expect([again, shared].map(({ output }) => output.includes('cache hit'))).toEqual([true, true]);
});

test('an archive that is broken is forgotten: the attempt ends with a fault, and the next one makes it anew', async () => {
  await using tested = await engineUnderTest();
  await using folder = await temporaryFolder();
  const run = runsOf(tested, folder.path);
  await run(make);
  const [archive = ''] = await readdir(folder.path);
  await writeFile(join(folder.path, archive), 'x'.repeat(2048));

  await expect(run([use])).rejects.toThrow('a cache could not be put into the tree');
  const next = await run(make);

  expect(next.output).toContain('cache kept: modules');
});
