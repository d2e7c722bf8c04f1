import { expect, test } from 'vitest';
import { readArtifacts } from '../../src/domain/artifacts.ts';
import { createArtifactKeeper } from '../../src/steps/run/keep-artifacts.ts';
import { createRunStep } from '../../src/steps/run-step.ts';
import { artifactContent, artifactsOf } from '../../src/store/artifacts.ts';
import { openDatabase } from '../../src/store/database.ts';
import { engineUnderTest } from '../images/engine-under-test.ts';
import { baseImage } from '../support/docker.ts';
import { startDatabase } from '../support/postgres.ts';
import { contextUnderTest, plain, runStep } from './step-context.ts';

const docker = { networks: ['none'], limits: { cpus: 2, memoryBytes: 64 * 2 ** 20, pids: 64 } };

test('files of the workspace are kept as the commands left them; a link out of it brings nothing', async () => {
  await using postgres = await startDatabase();
  await using store = openDatabase({ url: postgres.url, applicationName: 'artifacts test' });
  await using tested = await engineUnderTest();
  await using context = await contextUnderTest({ 'src/a': 'a' });
  const keepArtifacts = createArtifactKeeper(store.db, { mostBytes: 2 ** 20 });
  const step = runStep({
    from: { image: await baseImage() },
    commands: [
      'mkdir -p dist/deep && cp src/a dist/deep/ä && chmod 755 dist/deep/ä',
      'ln -s /etc/passwd dist/passwd && ln -s /etc etc',
    ],
    artifacts: ['dist/**', 'etc/**', 'nothing'],
  });

  const result = await createRunStep({ engine: tested.engine, docker, ...plain, keepArtifacts }).execute(
    step,
    context,
  );

  if (result.outcome !== 'succeeded') throw new Error(result.reason);
  const set = readArtifacts(result.output)?.set ?? '';
  const rows = await artifactsOf(store.db, [set]);
  expect(rows).toMatchObject([{ path: 'dist/deep/ä', bytes: 1, mode: 0o755 }]);
  const [row] = rows;
  if (row === undefined) throw new Error('nothing was kept');
  expect(Buffer.concat(await Array.fromAsync(artifactContent(store.db, row))).toString()).toBe('a');
  expect(context.output()).toContain('kept 1 artifact: 1 byte');
});

test('a file with several names is kept under each that is asked for', async () => {
  await using postgres = await startDatabase();
  await using store = openDatabase({ url: postgres.url, applicationName: 'artifacts test' });
  await using tested = await engineUnderTest();
  await using context = await contextUnderTest({ 'src/a': 'a' });
  const keepArtifacts = createArtifactKeeper(store.db, { mostBytes: 2 ** 20 });
  const step = runStep({
    from: { image: await baseImage() },
    commands: [
      'mkdir -p out/deps && cp src/a out/deps/app-1f && ln out/deps/app-1f out/app && ln out/app out/b',
    ],
    artifacts: ['out/*', '!out/deps/**'],
  });

  const result = await createRunStep({ engine: tested.engine, docker, ...plain, keepArtifacts }).execute(
    step,
    context,
  );

  if (result.outcome !== 'succeeded') throw new Error(result.reason);
  const rows = await artifactsOf(store.db, [readArtifacts(result.output)?.set ?? '']);
  expect(rows.map(({ path, bytes }) => [path, bytes]).toSorted()).toEqual([
    ['out/app', 1],
    ['out/b', 1],
  ]);
});

test('a step whose artifacts are not there fails, and says which', async () => {
  await using postgres = await startDatabase();
  await using store = openDatabase({ url: postgres.url, applicationName: 'artifacts test' });
  await using tested = await engineUnderTest();
  await using context = await contextUnderTest();
  const keepArtifacts = createArtifactKeeper(store.db, { mostBytes: 2 ** 20 });
  const step = runStep({ from: { image: await baseImage() }, commands: ['true'], artifacts: ['dist/**'] });

  const result = await createRunStep({ engine: tested.engine, docker, ...plain, keepArtifacts }).execute(
    step,
    context,
  );

  expect(result).toEqual({
    outcome: 'failed',
    reason: 'the artifacts cannot be kept: there is no file for dist/**',
  });
});
