import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { httpServer } from '../../images/http-server.ts';
import { makeGitRepository } from '../../support/git-repository.ts';
import { runCommand } from '../../support/run-command.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { gitAt, noStop } from './git-at.ts';

async function withLargeFile(more: Record<string, string> = {}) {
  await using opening = new AsyncDisposableStack();
  const git = opening.use(await makeGitRepository());
  await using work = await temporaryFolder();
  const run = (...args: string[]) =>
    runCommand('git', ['-C', work.path, ...args], { env: lfsEnvironment(work.path) });
  await run('init', '--quiet', '--initial-branch=main');
  await run('lfs', 'install', '--local');
  await run('lfs', 'track', '*.bin');
  await runCommand('cp', ['/usr/bin/env', join(work.path, 'big.bin')]);
  await run('add', '.');
  await run('commit', '--quiet', '-m', 'big');
  await run('push', '--quiet', git.url, 'main');
  for (const [name, text] of Object.entries(more)) await writeFile(join(work.path, name), text);
  await run('add', '.');
  await run('commit', '--quiet', '--allow-empty', '-m', 'more');
  await run('push', '--quiet', '--no-verify', git.url, 'main');
  const revision = (await run('rev-parse', 'HEAD')).trim();
  const owned = opening.move();
  return { git, revision, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

test('large files of Git LFS are there whole', async () => {
  await using given = await withLargeFile();
  await using source = await gitAt(given.git.url);
  const { revision } = given;
  const into = join(source.folder, 'tree');

  await source.scm.exportTree({ branch: 'main', path: '', revision, into }, noStop());

  const stored = await given.git.git('cat-file', 'blob', `${revision}:big.bin`);
  expect(stored).toContain('version https://git-lfs.github.com/spec/v1');
  expect(await readFile(join(into, 'big.bin'))).toEqual(await readFile('/usr/bin/env'));
});

test('of a request of a fork nothing is fetched from Git LFS, wherever its tree says that it is', async () => {
  await using elsewhere = await httpServer((_request, response) => {
    response.writeHead(404).end();
  });
  await using given = await withLargeFile({ '.lfsconfig': `[lfs]\n\turl = http://${elsewhere.host}/\n` });
  await using source = await gitAt(given.git.url);
  const into = join(source.folder, 'tree');
  const request = { branch: 'main', path: '', revision: given.revision, isUntrusted: true, into };

  await expect(source.scm.exportTree(request, noStop())).rejects.toMatchObject({
    code: 'scm-broken-tree',
    message: expect.stringContaining('for a request of a fork nothing is fetched from Git LFS'),
  });
  expect(elsewhere.requests).toEqual([]);
});

function lfsEnvironment(home: string): NodeJS.ProcessEnv {
  const person = {
    GIT_AUTHOR_NAME: 'a',
    GIT_AUTHOR_EMAIL: 'a@b',
    GIT_COMMITTER_NAME: 'a',
    GIT_COMMITTER_EMAIL: 'a@b',
  };
  return { PATH: process.env.PATH, HOME: home, ...person };
}
