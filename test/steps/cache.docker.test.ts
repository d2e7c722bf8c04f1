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

interface At {
  branch?: string;
  /** Into `release`. */
  request?: number;
}

async function mainBranchOf() {
  return 'trunk';
}

/** Runs a step each time in a fresh tree with these files. */
function runsOf(tested: EngineUnderTest, folder: string, mostBytes = 2 ** 20) {
  const setting = { folder, mostBytes, keepMs: 60_000, mainBranchOf, logger: pino({ level: 'silent' }) };
  const caches = createStepCaches(setting);
  return async (commands: string[], lock = '1', at: At = {}) => {
    await using context = await contextUnderTest({ lock });
    const step = runStep({ from: { image: await baseImage() }, commands, cache });
    const { branch = 'trunk', request } = at;
    const told =
      request === undefined ? {} : { request: { number: request, source: branch, target: 'release' } };
    const run = { ...context.run, branch, told };
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

test('what a branch or a merge request keeps, no other one finds, least of all the trunk', async () => {
  await using tested = await engineUnderTest();
  await using folder = await temporaryFolder();
  const run = runsOf(tested, folder.path);
  const untouched = ['test ! -e modules'];

  await run(make, '1', { branch: 'feature' });
  await run(make, '1', { branch: 'feature', request: 7 });
  const trunk = await run(untouched);
  const release = await run(untouched, '1', { branch: 'release' });
  const request = await run(untouched, '1', { branch: 'feature', request: 8 });
  const own = await run([use], '1', { branch: 'feature' });
  const again = await run([use], '1', { branch: 'feature', request: 7 });

  expect([trunk, release, request, own, again].map((end) => end?.outcome)).toEqual(
    Array(5).fill('succeeded'),
  );
  expect(own?.output).toContain('cache hit: modules, 11 bytes\n');
  expect(again.output).toContain('cache hit: modules, 11 bytes\n');
});

test('what a branch does not find with itself it reads from the trunk, a merge request from its target before that', async () => {
  await using tested = await engineUnderTest();
  await using folder = await temporaryFolder();
  const run = runsOf(tested, folder.path);
  const kept = (on: string) => ['mkdir modules', `echo ${on} > modules/by`];
  const read = ['cat modules/by'];

  await run(kept('the trunk'));
  const feature = await run(read, '1', { branch: 'feature' });
  const before = await run(read, '1', { branch: 'feature', request: 7 });
  await run(kept('the release'), '3', { branch: 'release' });
  const target = await run(read, '3', { branch: 'feature', request: 7 });

  expect(feature.output).toContain('kept by trunk\n');
  expect(before.output).toContain('the trunk\n');
  expect(target.output).toContain('kept by release\n');
  expect(target.output).toContain('the release\n');
  expect((await readdir(folder.path)).length).toBe(2);
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
