import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { expect, test } from 'vitest';
import type { GitSource } from '../../../src/scm/source-control.ts';
import { makeCertificate } from '../../support/certificate.ts';
import { startGitHttpServer } from '../../support/git-http-server.ts';
import { makeGitRepository } from '../../support/git-repository.ts';
import { startSshServer } from '../../support/ssh-server.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { waitFor } from '../../support/wait-for.ts';
import { processesWith, startSilentServer } from '../subversion/silent-server.ts';
import { gitAt, noStop } from './git-at.ts';

const password = 's3cret "of" the \\ shop';
const gitShell = String.raw`git-shell -c \"$SSH_ORIGINAL_COMMAND\"`;

test('a repository is read over http with a login that nothing shows', async () => {
  await using git = await makeGitRepository();
  const revision = await git.commit({ files: { 'a.txt': 'over http' } });
  await using server = await startGitHttpServer(git.root, password);
  await using source = await gitAt(`${server.url}/shop.git`, { password });
  const into = join(source.folder, 'tree');

  const { refs } = await source.scm.refs(noStop());
  await source.scm.exportTree({ branch: 'main', path: '', revision, into }, noStop());

  expect(refs.get('refs/heads/main')).toBe(revision);
  expect(await readFile(join(into, 'a.txt'), 'utf8')).toBe('over http');
  const files = await readdir(source.stateDir, { recursive: true, withFileTypes: true });
  for (const entry of files.filter((found) => found.isFile())) {
    const path = join(entry.parentPath, entry.name);
    if (!(await readFile(path, 'utf8')).includes('s3cret')) continue;
    expect(entry.name).toBe('credentials');
    expect((await stat(path)).mode & 0o777).toBe(0o600);
  }
});

test('a wrong password is denied, and in no word of the error', async () => {
  await using git = await makeGitRepository();
  await git.commit({ files: { 'a.txt': '1' } });
  await using server = await startGitHttpServer(git.root, password);
  await using wrong = await gitAt(`${server.url}/shop.git`, { password: 'hunter2' });
  await using none = await gitAt(`${server.url}/shop.git`);

  const error = await wrong.scm.refs(noStop()).catch((fault: unknown) => fault);

  expect(error).toMatchObject({ code: 'scm-denied', isRetryable: false });
  expect(inspect(error, { depth: Number.POSITIVE_INFINITY })).not.toContain('hunter2');
  await expect(none.scm.refs(noStop())).rejects.toMatchObject({ code: 'scm-denied' });
});

test('a repository is read over https when its own authority vouches for the server, and else not at all', async () => {
  await using git = await makeGitRepository();
  const revision = await git.commit({ files: { 'a.txt': 'over https' } });
  await using folder = await temporaryFolder();
  const certificate = await makeCertificate(folder.path);
  await using server = await startGitHttpServer(git.root, password, certificate);
  const url = `${server.url}/shop.git`;
  await using source = await gitAt(url, { password, ca: certificate.certificate });
  await using stranger = await gitAt(url, { password });
  const into = join(source.folder, 'tree');

  await source.scm.exportTree({ branch: 'main', path: '', revision, into }, noStop());

  expect(await readFile(join(into, 'a.txt'), 'utf8')).toBe('over https');
  const seen = server.requests.length;
  await expect(stranger.scm.refs(noStop())).rejects.toMatchObject({
    hint: expect.stringContaining('name its authority\'s file under "ca"'),
  });
  expect(server.requests).toHaveLength(seen);
});

test('a repository is read over ssh with a key and a known host, and no server that nobody has vouched for', async () => {
  await using git = await makeGitRepository();
  const revision = await git.commit({ files: { 'a.txt': 'over ssh' } });
  await using ssh = await startSshServer({ command: gitShell });
  const url = `ssh://${ssh.username}@127.0.0.1:${ssh.port}${git.path}`;
  await using source = await gitAt(url, { ssh: { key: ssh.key, knownHosts: ssh.knownHosts } });
  await using stranger = await gitAt(url, { ssh: { key: ssh.key, knownHosts: '/dev/null' } });
  const into = join(source.folder, 'tree');

  await source.scm.exportTree({ branch: 'main', path: '', revision, into }, noStop());

  expect(await readFile(join(into, 'a.txt'), 'utf8')).toBe('over ssh');
  expect(source.scm.url).toBe(`ssh://127.0.0.1:${ssh.port}${git.path}`);
  await expect(stranger.scm.refs(noStop())).rejects.toMatchObject({ code: 'scm-denied' });
});

test('a repository that is not there, a server that is not there', async () => {
  await using git = await makeGitRepository();
  await using server = await startGitHttpServer(git.root);
  await using nowhere = await gitAt(`${server.url}/other.git`);
  await using away = await gitAt('http://127.0.0.1:9/shop.git');

  await expect(nowhere.scm.refs(noStop())).rejects.toMatchObject({ code: 'scm-gone' });
  await expect(away.scm.refs(noStop())).rejects.toMatchObject({ code: 'scm-unreachable', isRetryable: true });
});

const id = '1234567890123456789012345678901234567890';
const calls: [string, (scm: GitSource, into: string, signal: AbortSignal) => Promise<unknown>][] = [
  ['refs', (scm, _into, signal) => scm.refs(signal)],
  ['exportTree', (scm, into, signal) => scm.exportTree({ path: '', revision: id, into }, signal)],
];

test.concurrent.each(calls)(
  '%s on a stalled server ends with the signal, and so does git',
  async (_name, call) => {
    await using server = await startSilentServer();
    await using source = await gitAt(`http://127.0.0.1:${server.port}/shop.git`, { password });
    const controller = new AbortController();
    const reason = { kind: 'cancelled', by: 'alice', rollout: 'leave' };

    const calling = call(source.scm, join(source.folder, 'tree'), controller.signal);
    const settled = calling.then(() => undefined).catch((error: unknown) => error);
    const running = await gitToConnect(server.port);
    const stoppedAt = performance.now();
    controller.abort(reason);

    expect(await settled).toBe(reason);
    expect(performance.now() - stoppedAt).toBeLessThan(5_000);
    expect(await processesWith(`:${server.port}/`)).toEqual([]);
    for (const { commandLine, environment } of running)
      expect(`${commandLine}${environment}`).not.toContain('s3cret');
  },
);

test.concurrent.each(calls)('%s on a stalled server is given up at its deadline', async (_name, call) => {
  await using server = await startSilentServer();
  const limits = { queryMs: 700, fetchMs: 700 };
  await using source = await gitAt(`http://127.0.0.1:${server.port}/shop.git`, { limits });

  const calling = call(source.scm, join(source.folder, 'tree'), noStop());

  await expect(calling).rejects.toMatchObject({ code: 'scm-unreachable', isRetryable: true });
  expect(await processesWith(`:${server.port}/`)).toEqual([]);
});

test('the configuration, the environment and the hooks of the account do not reach git', async () => {
  await using git = await makeGitRepository();
  await git.commit({ files: { 'a.txt': '1' } });
  await using source = await gitAt(git.url);
  const before = { ...process.env };
  Object.assign(process.env, {
    GIT_CONFIG_COUNT: '1',
    GIT_CONFIG_KEY_0: 'url.file:///nowhere/.insteadOf',
    GIT_CONFIG_VALUE_0: 'file:///',
    GIT_DIR: '/nowhere',
    GIT_SSH_COMMAND: 'false',
  });
  try {
    expect((await source.scm.refs(noStop())).refs.size).toBe(1);
  } finally {
    for (const name of Object.keys(process.env)) if (!(name in before)) delete process.env[name];
  }
});

function gitToConnect(port: number) {
  return waitFor(
    async () => {
      const found = await processesWith(`:${port}/`);
      return found.some(({ commandLine }) => commandLine.includes('git-remote-http')) && found;
    },
    { what: 'git to connect' },
  );
}
