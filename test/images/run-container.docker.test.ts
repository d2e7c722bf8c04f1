import { mkdir, open, readdir, readFile, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { ContainerRequest } from '../../src/images/container-options.ts';
import { startRegistry } from '../support/registry.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { waitFor } from '../support/wait-for.ts';
import { containerRequest } from './container-request.ts';
import { engineUnderTest, unstopped } from './engine-under-test.ts';

test('a script runs as it would in a shell: workspace, environment, exit code, output in order', async () => {
  await using tested = await engineUnderTest();
  await using request = await containerRequest('pwd; echo "$GREETING" | tee out >&2; echo ünïcode; exit 3', {
    env: { GREETING: 'a=b c' },
  });

  const result = await tested.engine.runContainer(request, unstopped);

  expect(result).toEqual({ kind: 'exited', exitCode: 3 });
  expect(request.output().split('\n').sort()).toEqual(['', '/workspace', 'a=b c', 'ünïcode']);
  expect(await readFile(join(request.workspace, 'out'), 'utf8')).toBe('a=b c\n');
  expect(
    await tested.docker('ps', '--all', '--quiet', '--filter', `label=io.trunkline.run=${request.owner.run}`),
  ).toBe('');
});

test('a large output arrives whole', async () => {
  await using tested = await engineUnderTest();
  await using request = await containerRequest('seq 1 200000');

  await tested.engine.runContainer(request, unstopped);

  expect(request.output()).toBe(Array.from({ length: 200_000 }, (_, index) => `${index + 1}\n`).join(''));
});

test('the container is created before the workspace is there, and started after it', async () => {
  await using tested = await engineUnderTest();
  await using folder = await temporaryFolder();
  const workspace = join(folder.path, 'tree');
  const { promise: fetched, resolve: fetch } = Promise.withResolvers<void>();
  await using request = await containerRequest('echo ran', { workspace, ready: () => fetched });

  const running = tested.engine.runContainer(request, unstopped);
  const label = `label=io.trunkline.run=${request.owner.run}`;
  await waitFor(async () => (await tested.docker('ps', '--all', '--quiet', '--filter', label)) !== '', {
    what: 'a container',
  });
  expect(await tested.docker('ps', '--all', '--format', '{{.Status}}', '--filter', label)).toBe('Created\n');
  await expect(stat(workspace)).rejects.toMatchObject({ code: 'ENOENT' });
  fetch();

  expect(await running).toEqual({ kind: 'exited', exitCode: 0 });
  expect(request.output()).toBe('ran\n');
});

test('a workspace that cannot be had leaves no container', async () => {
  await using tested = await engineUnderTest();
  const fault = new Error('no tree');
  await using request = await containerRequest('true', { ready: () => Promise.reject(fault) });

  await expect(tested.engine.runContainer(request, unstopped)).rejects.toBe(fault);

  expect(
    await tested.docker('ps', '--all', '--quiet', '--filter', `label=io.trunkline.run=${request.owner.run}`),
  ).toBe('');
});

test('running out of memory is told apart from a failed command', async () => {
  await using tested = await engineUnderTest();
  await using request = await containerRequest('x=$(head -c 200000000 /dev/zero | tr "\\0" x); echo ${#x}');

  expect(await tested.engine.runContainer(request, unstopped)).toEqual({ kind: 'out-of-memory' });
});

test('an abort kills and removes the container within 3 s', async () => {
  await using tested = await engineUnderTest();
  await using request = await containerRequest("trap '' TERM INT; echo begun; while :; do sleep 1; done");
  const stop = new AbortController();

  const running = tested.engine.runContainer(request, stop.signal);
  running.catch(() => undefined);
  await waitFor(() => request.output().includes('begun'), { what: 'the first output' });
  stop.abort({ kind: 'cancelled', by: 'somebody', rollout: 'leave' });
  const abortedAt = performance.now();

  await expect(running).rejects.toMatchObject({ name: 'AbortError' });
  expect(performance.now() - abortedAt).toBeLessThan(3_000);
  expect(
    await tested.docker('ps', '--all', '--quiet', '--filter', `label=io.trunkline.run=${request.owner.run}`),
  ).toBe('');
});

test('the container that a dead worker left is found and removed, others are not', async () => {
  await using tested = await engineUnderTest();
  await using orphan = await containerRequest('sleep 1000');
  await using other = await containerRequest('sleep 1000');
  const stop = new AbortController();
  const runs = [orphan, other].map((request) => tested.engine.runContainer(request, stop.signal));
  const ended = Promise.allSettled(runs);
  const labelOf = ({ owner }: ContainerRequest) => `label=io.trunkline.run=${owner.run}`;
  const isRunning = async (request: ContainerRequest) =>
    (await tested.docker('ps', '--quiet', '--filter', labelOf(request))) !== '';
  for (const request of [orphan, other])
    await waitFor(() => isRunning(request), { what: 'a running container' });

  const removed = await tested.engine.removeStaleContainers(({ run }) => run === orphan.owner.run, unstopped);

  expect(removed).toBe(1);
  expect(await isRunning(orphan)).toBe(false);
  expect(await isRunning(other)).toBe(true);
  stop.abort();
  await ended;
});

test('a container of the same attempt, left by a dead worker, makes way', async () => {
  await using tested = await engineUnderTest();
  await using request = await containerRequest('echo done');
  const name = `trunkline-${request.owner.run}-${request.owner.step}-1`;
  await tested.docker('run', '--detach', '--name', name, request.image.name, 'sleep', '1000');

  expect(await tested.engine.runContainer(request, unstopped)).toEqual({ kind: 'exited', exitCode: 0 });
});

test.each([
  { what: 'an image that no registry has', image: 'unknown', reason: /does not exist in 127\.0\.0\.1/ },
  { what: 'a malformed image name', image: 'Not An Image', reason: /invalid reference format/ },
])('$what is a refusal', async ({ image, reason }) => {
  await using registry = await startRegistry();
  await using tested = await engineUnderTest();
  const name = image === 'unknown' ? `${registry.host}/images-test/unknown:1` : image;
  await using request = await containerRequest('true', { image: { name, pull: name } });

  const result = await tested.engine.runContainer(request, unstopped);

  expect(result).toEqual({ kind: 'refused', reason: expect.stringMatching(reason) });
});

test('a network that does not exist is a refusal', async () => {
  await using tested = await engineUnderTest();
  await using request = await containerRequest('true', { network: 'images-test-nowhere' });

  const result = await tested.engine.runContainer(request, unstopped);

  expect(result).toEqual({ kind: 'refused', reason: expect.stringContaining('images-test-nowhere') });
});

test('the removal of a container that has ended can be left to whoever waits for it later', async () => {
  await using tested = await engineUnderTest();
  const { promise: removed, resolve } = Promise.withResolvers<void>();
  await using request = await containerRequest('echo A=1 >$OUT', {
    wanted: { variable: 'OUT', mostBytes: 100 },
    leave: (remove) => resolve(remove()),
  });

  const result = await tested.engine.runContainer(request, unstopped);
  await removed;

  expect(result).toEqual({
    kind: 'exited',
    exitCode: 0,
    file: { kind: 'file', bytes: Buffer.from('A=1\n') },
  });
  expect(
    await tested.docker('ps', '--all', '--quiet', '--filter', `label=io.trunkline.run=${request.owner.run}`),
  ).toBe('');
  await expect(stat(`${request.workspace}.output`)).rejects.toMatchObject({ code: 'ENOENT' });
});

test('what the container writes belongs to the user of the server afterwards', async () => {
  await using tested = await engineUnderTest({ user: { uid: 4711, gid: 4712 } });
  await using request = await containerRequest('mkdir -m 700 d; echo x >d/f; exit 1');

  const result = await tested.engine.runContainer(request, unstopped);

  expect(result).toEqual({ kind: 'exited', exitCode: 1 });
  expect(await stat(join(request.workspace, 'd/f'))).toMatchObject({ uid: 4711, gid: 4712 });
});

test('an engine that does not see our folders gets a copy of the workspace', async () => {
  await using folder = await temporaryFolder();
  // Of what is open in our process the engine, in its own, sees nothing under this path.
  await using handle = await open(folder.path);
  await using tested = await engineUnderTest({
    folder: `/proc/self/fd/${handle.fd}`,
    user: { uid: 4711, gid: 4712 },
  });
  await using request = await containerRequest(
    'cat deep/er/file; test -x tool; readlink link; echo x >new; echo A=1 >$OUT',
    { wanted: { variable: 'OUT', mostBytes: 100 } },
  );
  await mkdir(join(request.workspace, 'deep/er'), { recursive: true });
  await writeFile(join(request.workspace, 'deep/er/file'), 'content\n');
  await writeFile(join(request.workspace, 'tool'), '', { mode: 0o755 });
  await symlink('deep/er/file', join(request.workspace, 'link'));

  const result = await tested.engine.runContainer(request, unstopped);

  expect(request.output()).toBe('content\ndeep/er/file\n');
  expect(result).toEqual({
    kind: 'exited',
    exitCode: 0,
    file: { kind: 'file', bytes: Buffer.from('A=1\n') },
  });
  expect(await readdir(folder.path)).toEqual([]);
  await expect(stat(join(request.workspace, 'new'))).rejects.toMatchObject({ code: 'ENOENT' });
});

test('the container cannot gain privileges', async () => {
  await using tested = await engineUnderTest();
  await using request = await containerRequest(
    'grep -E "CapEff|NoNewPrivs" /proc/self/status; mknod /tmp/d c 1 3 && echo made; chown 5:5 . && echo owned',
  );

  await tested.engine.runContainer({ ...request, script: `set +e; ${request.script}` }, unstopped);

  expect(request.output()).toMatch(/CapEff:\s+00000000000004fb/);
  expect(request.output()).toMatch(/NoNewPrivs:\s+1/);
  expect(request.output()).not.toContain('made');
  expect(request.output()).toContain('owned');
});
