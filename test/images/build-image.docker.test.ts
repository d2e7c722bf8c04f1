import { randomUUID } from 'node:crypto';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { StepProgress } from '../../src/domain/step-progress.ts';
import type { BuildRequest } from '../../src/images/build-image.ts';
import { baseImage } from '../support/docker.ts';
import { type TemporaryFolder, temporaryFolder } from '../support/temporary-folder.ts';
import { waitFor } from '../support/wait-for.ts';
import { engineUnderTest, unstopped } from './engine-under-test.ts';

const builders = ['buildkit', 'classic'] as const;

async function contextOf(files: Record<string, string>): Promise<TemporaryFolder> {
  const folder = await temporaryFolder();
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder.path, path)), { recursive: true });
    await writeFile(join(folder.path, path), text);
  }
  return folder;
}

function buildRequest(
  folder: TemporaryFolder,
  more: Partial<BuildRequest> = {},
): BuildRequest & { log(): string } {
  let text = '';
  const write = (part: string) => {
    text += part;
  };
  const defaults = { dockerfile: 'Dockerfile', args: {}, target: null, labels: {} };
  return { folder: folder.path, ...defaults, write, log: () => text, ...more };
}

describe.each(builders)('the %s builder', (builder) => {
  test('builds an image with arguments, target and labels, and says what each step did', async () => {
    await using tested = await engineUnderTest({ builder });
    await using folder = await contextOf({
      Dockerfile: `FROM ${await baseImage()} AS first\nARG GREETING\nRUN echo "$GREETING ${randomUUID()}"; echo ünïcode\nFROM first AS second\nRUN false\n`,
    });
    const labels = { 'org.opencontainers.image.source': 'svn://host/shop/trunk@12' };
    const reports: StepProgress[] = [];
    const report = (progress: StepProgress) => void reports.push(progress);
    const request = buildRequest(folder, { args: { GREETING: 'hello' }, target: 'first', labels, report });

    const result = await tested.engine.build(request, unstopped);

    if (result.kind !== 'built') throw new Error(result.reason);
    const stored = await tested.docker(
      'image',
      'inspect',
      '--format',
      '{{json .Config.Labels}}',
      result.imageId,
    );
    expect(JSON.parse(stored)).toMatchObject({
      ...labels,
      'org.opencontainers.image.base.name': await baseImage(),
    });
    expect(request.log()).toMatch(
      /^#(\d+) \[(first )?\d\/\d\] RUN echo .*\n(#.*\n)*#\1 hello .*\n#\1 ünïcode\n#\1 DONE \d+\.\ds$/m,
    );
    expect(request.log()).toMatch(/context: 1 file, \d+ bytes/);
    const sent = reports.findLast(({ phase }) => phase === 'context');
    expect(sent).toMatchObject({ unit: 'bytes', done: sent?.total });
    const steps = reports.filter(({ phase }) => phase === 'build');
    expect(steps.at(-1)?.total).toBeGreaterThan(1);
    expect(steps.map(({ text }) => text).join()).toMatch(/\d of \d steps done: RUN echo/);
  });

  test('gives the same image for the same files and labels, from its cache', async () => {
    await using tested = await engineUnderTest({ builder });
    await using folder = await contextOf({ Dockerfile: `FROM scratch\nCOPY a /a\n`, a: randomUUID() });
    await using copy = await contextOf({
      Dockerfile: `FROM scratch\nCOPY a /a\n`,
      a: await readFile(join(folder.path, 'a'), 'utf8'),
    });

    const first = await tested.engine.build(buildRequest(folder, { labels: { revision: '1' } }), unstopped);
    const again = buildRequest(copy, { labels: { revision: '1' } });
    const second = await tested.engine.build(again, unstopped);

    expect(second).toEqual(first);
    expect(again.log()).toContain('CACHED');
  });

  test.each([
    {
      what: 'a command that fails',
      dockerfile: 'RUN true\nRUN echo why; exit 3',
      reason: /^build failed at "RUN echo why; exit 3" \(step 3\/\d\): exit code 3$/,
    },
    {
      what: 'an unknown instruction',
      dockerfile: 'RUNN true',
      reason: /^build failed: .*unknown instruction: RUNN/,
    },
    { what: 'a missing file', dockerfile: 'COPY nowhere /', reason: /^build failed.*nowhere/ },
  ])('reports $what in one line', async ({ dockerfile, reason }) => {
    await using tested = await engineUnderTest({ builder });
    await using folder = await contextOf({ Dockerfile: `FROM ${await baseImage()}\n${dockerfile}\n` });

    const result = await tested.engine.build(buildRequest(folder), unstopped);

    expect(result).toEqual({ kind: 'failed', reason: expect.stringMatching(reason) });
  });

  test('reports an unknown target', async () => {
    await using tested = await engineUnderTest({ builder });
    await using folder = await contextOf({ Dockerfile: 'FROM scratch AS a\nCOPY . /\n' });

    const result = await tested.engine.build(buildRequest(folder, { target: 'nowhere' }), unstopped);

    expect(result).toEqual({ kind: 'failed', reason: expect.stringContaining('nowhere') });
  });

  test('an abort ends the command in the engine within 5 s and leaves no container', async () => {
    await using tested = await engineUnderTest({ builder });
    const seconds = 100_000 + Math.floor(Math.random() * 900_000);
    await using folder = await contextOf({
      Dockerfile: `FROM ${await baseImage()}\nRUN echo begun; exec sleep ${seconds}\n`,
    });
    const stop = new AbortController();
    const request = buildRequest(folder);

    const building = tested.engine.build(request, stop.signal);
    building.catch(() => undefined);
    await waitFor(() => isRunning(`sleep\0${seconds}\0`), { what: 'the command to run' });
    stop.abort();

    await expect(building).rejects.toMatchObject({ name: 'AbortError' });
    const nothingLeft = async () => {
      const containers = await tested.docker('ps', '--all', '--no-trunc', '--format', '{{.Command}}');
      return !containers.includes(String(seconds)) && !(await isRunning(`sleep\0${seconds}\0`));
    };
    await waitFor(nothingLeft, { what: 'the end of the build in the engine', deadlineMs: 5_000 });
  });
});

test('a Dockerfile that is not there is a failure, and so is an ignore file that cannot be read', async () => {
  await using tested = await engineUnderTest();
  await using folder = await contextOf({ Dockerfile: 'FROM scratch', '.dockerignore': 'a[' });

  const missing = await tested.engine.build(buildRequest(folder, { dockerfile: 'ci/Dockerfile' }), unstopped);
  const malformed = await tested.engine.build(buildRequest(folder), unstopped);

  expect(missing).toEqual({ kind: 'failed', reason: 'there is no file ci/Dockerfile in the build context' });
  expect(malformed).toEqual({ kind: 'failed', reason: 'the ignore file has a malformed pattern: a[' });
});

test('an engine that is not there is a retryable fault that names its address', async () => {
  await using tested = await engineUnderTest({ host: 'unix:///nowhere/docker.sock' });
  await using folder = await contextOf({ Dockerfile: 'FROM scratch\nCOPY . /' });

  const building = tested.engine.build(buildRequest(folder), unstopped);

  await expect(building).rejects.toMatchObject({
    code: 'docker-unreachable',
    isRetryable: true,
    message: expect.stringContaining('unix:///nowhere/docker.sock'),
  });
});

/** Whether a process of this machine has these arguments, in a container or not. */
async function isRunning(args: string): Promise<boolean> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const commands = await Promise.all(
    pids.map((pid) => readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')),
  );
  return commands.includes(args);
}
