import { chmod, copyFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import { freePort } from '../support/free-port.ts';
import { type GitRepository, makeGitRepository, testEnvironment } from '../support/git-repository.ts';
import { runCommand } from '../support/run-command.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { waitFor } from '../support/wait-for.ts';

const script = join(import.meta.dirname, '../../hooks/git-post-receive');
const token = 'a-secret-token';
const zero = '0'.repeat(40);

/** Answers with the statuses given, then with 202. */
async function startListener(statuses: number[] = []) {
  const deliveries: { url: string | undefined; authorization: string | undefined; body: unknown }[] = [];
  const server = createServer(async (request, response) => {
    const { authorization } = request.headers;
    deliveries.push({ url: request.url, authorization, body: JSON.parse(await text(request)) });
    response.writeHead(statuses.shift() ?? 202).end('{"event":"1"}');
  });
  const port = await freePort();
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  return {
    address: `http://127.0.0.1:${port}`,
    deliveries,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function installHook({ path }: GitRepository, address: string): Promise<void> {
  await copyFile(script, join(path, 'hooks/post-receive'));
  await chmod(join(path, 'hooks/post-receive'), 0o755);
  await writeFile(join(path, 'trunkline.url'), `${address}/\n`);
  await writeFile(join(path, 'trunkline.name'), 'web\n');
  await writeFile(join(path, 'trunkline.header'), `Authorization: Bearer ${token}\n`, { mode: 0o600 });
}

/** Pushes these refs from a clone, as people do; options come first. */
async function push(git: GitRepository, ...wanted: string[]): Promise<{ printed: string; ms: number }> {
  await using work = await temporaryFolder();
  const run = (...args: string[]) => runCommand('git', ['-C', work.path, ...args], { env: testEnvironment });
  await run('init', '--quiet');
  await run('commit', '--quiet', '--allow-empty', '-m', `${Math.random()}`);
  const refs = wanted.filter((word) => word.startsWith('refs/'));
  const options = wanted.filter((word) => !refs.includes(word));
  const specs = refs.map((ref) => `+HEAD:${ref}`);
  const begin = performance.now();
  const command = 'git -C "$0" push --quiet "$@" 2>&1';
  const args = ['-c', command, work.path, ...options, git.url, ...specs];
  const printed = await runCommand('sh', args, { env: testEnvironment });
  return { printed, ms: performance.now() - begin };
}

test('a push posts each ref with what it was and is, with the token, and prints nothing', async () => {
  await using git = await makeGitRepository();
  await using listener = await startListener();
  await installHook(git, listener.address);

  const { printed } = await push(git, 'refs/heads/main', 'refs/tags/v1');
  await waitFor(() => listener.deliveries.length === 2, { what: 'the hook' });

  const after = (await git.git('rev-parse', 'main')).trim();
  expect(printed).toBe('');
  expect(listener.deliveries).toEqual(
    ['refs/heads/main', 'refs/tags/v1'].map((ref) => ({
      url: '/hooks/git',
      authorization: `Bearer ${token}`,
      body: { repository: 'web', ref, before: zero, after },
    })),
  );
});

test('a push with the option ci.skip says so of each ref, whatever other options it has', async () => {
  await using git = await makeGitRepository();
  await using listener = await startListener();
  await installHook(git, listener.address);
  await git.git('config', 'receive.advertisePushOptions', 'true');

  await push(git, '-o', 'topic=$(touch x)', '-o', 'ci.skip', 'refs/heads/main', 'refs/tags/v1');
  await push(git, '-o', 'ci.skipped', 'refs/heads/next');
  await waitFor(() => listener.deliveries.length === 3, { what: 'the hook' });

  const told = listener.deliveries.map(({ body }) => body as { ref: string; pushOption?: string });
  expect(told.map(({ ref, pushOption }) => `${ref} ${pushOption}`).toSorted()).toEqual([
    'refs/heads/main ci.skip',
    'refs/heads/next undefined',
    'refs/tags/v1 ci.skip',
  ]);
});

test('a push is not held up by a server that is down or never answers, and a short absence is bridged', async () => {
  await using git = await makeGitRepository();
  await using listener = await startListener([503]);
  const silent = createServer(() => {});
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
  const address = silent.address();
  const without = await push(git, 'refs/heads/none');

  const times: number[] = [];
  for (const port of [await freePort(), typeof address === 'object' ? address?.port : 0]) {
    await installHook(git, `http://127.0.0.1:${port}`);
    const hook = join(git.path, 'hooks/post-receive');
    // One attempt does, so that none is under way long after the test.
    await runCommand('sed', ['-i', 's/0 1 5 20/0/', hook]);
    times.push((await push(git, `refs/heads/b${port}`)).ms);
  }
  silent.closeAllConnections();
  silent.close();
  await installHook(git, listener.address);
  await push(git, 'refs/heads/main');
  await waitFor(() => listener.deliveries.length === 2, { what: 'the second attempt' });

  // Without `&` the silent server would cost 8 s.
  for (const ms of times) expect(ms - without.ms).toBeLessThan(4_000);
  expect(listener.deliveries[1]).toEqual(listener.deliveries[0]);
});

test('--test says what the server answered, or what is missing', async () => {
  await using git = await makeGitRepository();
  await git.commit({ files: { 'a.txt': '1' } });
  const missing = await tryOut(git);
  await using listener = await startListener([202, 401]);
  await installHook(git, listener.address);

  const answers = [await tryOut(git), await tryOut(git)];
  await chmod(join(git.path, 'trunkline.header'), 0o644);
  const readable = await tryOut(git);

  expect(missing).toContain('trunkline.url is missing');
  expect(answers[0]).toContain('Works: Trunkline answered 202.');
  expect(answers[1]).toContain('Refused (401)');
  expect(readable).toContain('chmod 600');
});

function tryOut({ path }: GitRepository): Promise<string> {
  const command = '"$0" --test "$1" 2>&1 || true';
  return runCommand('sh', ['-c', command, script, path], { env: testEnvironment });
}
