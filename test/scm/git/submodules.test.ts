import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { startGitHttpServer } from '../../support/git-http-server.ts';
import { type GitRepository, makeGitRepository } from '../../support/git-repository.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { gitAt, noStop } from './git-at.ts';

/** A repository that has another one at `lib`, under this URL. */
async function withSubmodule(url: (library: GitRepository) => string) {
  const stack = new AsyncDisposableStack();
  const shop = stack.use(await makeGitRepository());
  const library = await makeGitRepository({ name: 'library.git', root: shop.root });
  const old = await library.commit({ files: { 'lib.txt': 'the library' } });
  await library.commit({ files: { 'lib.txt': 'newer' } });
  const revision = await shop.commit({
    files: {
      'app/a.txt': 'one',
      'app/lib': { mode: '160000', content: old },
      '.gitmodules': `[submodule "the lib"]\n\tpath = app/lib\n\turl = ${url(library)}\n`,
    },
  });
  return { shop, library, revision, [Symbol.asyncDispose]: () => stack.disposeAsync() };
}

test('a submodule on the same host is there at its commit, with the login of that host', async () => {
  await using given = await withSubmodule(() => '../library.git');
  await using server = await startGitHttpServer(given.shop.root, 's3cret');
  await using source = await gitAt(`${server.url}/shop.git`, { password: 's3cret' });
  const into = join(source.folder, 'tree');

  const request = { branch: 'main', path: 'app', revision: given.revision, into };
  const tree = await source.scm.exportTree(request, noStop());

  expect(tree.files).toBe(2);
  expect(await readFile(join(into, 'lib/lib.txt'), 'utf8')).toBe('the library');
});

test('a submodule on another host is fetched only where the config allows it, and never gets the login', async () => {
  await using folder = await temporaryFolder();
  const library = await makeGitRepository({ name: 'library.git', root: folder.path });
  const content = await library.commit({ files: { 'lib.txt': 'the library' } });
  await using other = await startGitHttpServer(folder.path);
  await using shop = await makeGitRepository();
  const modules = `[submodule "x"]\n\tpath = lib\n\turl = ${other.url}/library.git\n`;
  const files = { lib: { mode: '160000', content }, '.gitmodules': modules } as const;
  const revision = await shop.commit({ files });
  await using server = await startGitHttpServer(shop.root, 's3cret');
  const url = `${server.url}/shop.git`;
  await using strict = await gitAt(url, { password: 's3cret' });
  await using allowing = await gitAt(url, { password: 's3cret', submodules: [`${other.url}/`] });

  const place = { branch: 'main', path: '', revision };
  const refused = strict.scm.exportTree({ ...place, into: join(strict.folder, 'tree') }, noStop());
  await expect(refused).rejects.toMatchObject({
    code: 'scm-broken-tree',
    message: expect.stringContaining('it is on another host'),
  });
  expect(other.requests).toEqual([]);
  const into = join(allowing.folder, 'tree');
  await allowing.scm.exportTree({ ...place, into }, noStop());

  expect(await readFile(join(into, 'lib/lib.txt'), 'utf8')).toBe('the library');
  expect(other.requests.filter(({ authorization }) => authorization !== undefined)).toEqual([]);
});

test.each(['ext::sh -c "touch% /tmp/trunkline-was-here"', '--upload-pack=x', '-x', '../../../../../../etc'])(
  'a submodule with the URL %s is refused before git sees it',
  async (url) => {
    await using given = await withSubmodule(() => url);
    await using source = await gitAt(given.shop.url);
    const into = join(source.folder, 'tree');

    const exporting = source.scm.exportTree({ path: '', revision: given.revision, into }, noStop());

    await expect(exporting).rejects.toMatchObject({ isRetryable: false });
  },
);

test('the refusal of a submodule names its folder, and not its URL, which may hold a password', async () => {
  await using given = await withSubmodule(() => 'https://ann:s3cret@git.example.com/lib.git');
  await using source = await gitAt(given.shop.url);
  const into = join(source.folder, 'tree');

  const exporting = source.scm.exportTree({ path: '', revision: given.revision, into }, noStop());

  await expect(exporting).rejects.toMatchObject({
    message: 'The URL of the submodule at "app/lib" is refused: user and password do not belong into a URL',
    hint: 'Correct it in ".gitmodules"',
  });
});

test('of a request of a fork the tree is exported by its ref, and no submodule that it names is fetched', async () => {
  await using given = await withSubmodule(() => '../library.git');
  const { shop } = given;
  const plain = await shop.commit({ branch: 'strange', from: null, files: { 'app/a.txt': 'of a stranger' } });
  await shop.git('update-ref', 'refs/pull/7/head', plain);
  await shop.git('update-ref', 'refs/pull/8/head', given.revision);
  await shop.git('update-ref', '-d', 'refs/heads/strange');
  await using server = await startGitHttpServer(shop.root, 's3cret');
  await using source = await gitAt(`${server.url}/shop.git`, { password: 's3cret' });
  const into = join(source.folder, 'tree');
  const request = { path: 'app', isUntrusted: true };

  await source.scm.exportTree({ ...request, branch: 'pull/7', revision: plain, into }, noStop());
  const other = {
    ...request,
    branch: 'pull/8',
    revision: given.revision,
    into: join(source.folder, 'other'),
  };
  const refused = source.scm.exportTree(other, noStop());

  await expect(refused).rejects.toMatchObject({
    code: 'scm-broken-tree',
    message: expect.stringContaining('for a request of a fork no submodule is fetched'),
  });
  expect(await readFile(join(into, 'a.txt'), 'utf8')).toBe('of a stranger');
  expect(server.requests.filter(({ path }) => path.includes('library'))).toEqual([]);
});

test('submodules of submodules end somewhere', async () => {
  await using git = await makeGitRepository();
  const modules = '[submodule "x"]\n\tpath = again\n\turl = ./\n';
  let revision = await git.commit({ files: { 'a.txt': 'one', '.gitmodules': modules } });
  for (let depth = 0; depth < 7; depth += 1)
    revision = await git.commit({ files: { again: { mode: '160000', content: revision } } });
  await using source = await gitAt(git.url);

  const into = join(source.folder, 'tree');
  const exporting = source.scm.exportTree({ path: '', revision, into }, noStop());

  await expect(exporting).rejects.toMatchObject({ message: expect.stringContaining('in one another') });
});
