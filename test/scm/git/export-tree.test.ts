import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { StepProgress } from '../../../src/domain/step-progress.ts';
import { createGit } from '../../../src/scm/git/create-git.ts';
import { makeGitRepository } from '../../support/git-repository.ts';
import { type GitUnderTest, gitAt, gitConfig, noStop } from './git-at.ts';

test('the tree of a commit is exported whole, with its names, and without a trace of Git', async () => {
  await using git = await makeGitRepository();
  const revision = await git.commit({
    files: {
      'app/a b/100%.txt': 'percent',
      'app/文件.txt': 'file',
      'app/-m': 'dash',
      'app/run.sh': { mode: '100755', content: 'x' },
      'app/link': { mode: '120000', content: '-m' },
      'application.txt': 'a neighbour',
    },
  });
  await using source = await gitAt(git.url);
  const into = join(source.folder, 'deep/tree');

  const tree = await source.scm.exportTree({ branch: 'main', path: 'app', revision, into }, noStop());

  expect(tree).toEqual({ files: 5, bytes: 'percent'.length + 'file'.length + 'dash'.length + 1 });
  expect((await readdir(into, { recursive: true })).toSorted()).toEqual(
    ['-m', 'a b', 'a b/100%.txt', 'link', 'run.sh', '文件.txt'].toSorted(),
  );
  expect(await readFile(join(into, 'a b/100%.txt'), 'utf8')).toBe('percent');
  expect(await readdir(source.folder)).toEqual(['deep']);
  expect(await readdir(join(source.folder, 'deep'))).toEqual(['tree']);
});

test('of a folder named with a star a sparse tree has the files right in it', async () => {
  await using git = await makeGitRepository();
  const files = { 'app/a b.txt': '', 'app/libs/b.txt': '', 'app/libs/x/c.txt': '', 'app/cart/d.txt': '' };
  const revision = await git.commit({ files });
  await using source = await gitAt(git.url);
  const place = { branch: 'main', path: 'app', revision };
  const into = join(source.folder, 'tree');

  await source.scm.exportTree({ ...place, only: ['*', 'libs/*', 'cart'], into }, noStop());
  const missing = source.scm.exportTree({ ...place, only: ['nowhere/*'], into: `${into}-2` }, noStop());

  expect((await readdir(into, { recursive: true })).toSorted()).toEqual([
    ...['a b.txt', 'cart', 'cart/d.txt', 'libs', 'libs/b.txt'],
  ]);
  await expect(missing).rejects.toMatchObject({ code: 'scm-broken-tree', isRetryable: false });
});

test('a sparse tree holds its folders and files alone; one that is not there fails it', async () => {
  await using git = await makeGitRepository();
  const revision = await git.commit({
    files: { 'app/cart/a.txt': 'a', 'app/web/b.txt': 'b', 'app/build.gradle': 'c', 'app/cart2/d.txt': 'd' },
  });
  await using source = await gitAt(git.url);
  const place = { branch: 'main', path: 'app', revision };

  const tree = await source.scm.exportTree(
    { ...place, only: ['cart', 'build.gradle'], into: join(source.folder, 'tree') },
    noStop(),
  );
  const missing = source.scm.exportTree(
    { ...place, only: ['cart', 'nowhere'], into: join(source.folder, 'missing') },
    noStop(),
  );

  expect(tree.files).toBe(2);
  expect((await readdir(join(source.folder, 'tree'), { recursive: true })).toSorted()).toEqual([
    'build.gradle',
    'cart',
    'cart/a.txt',
  ]);
  await expect(missing).rejects.toMatchObject({ code: 'scm-broken-tree', isRetryable: false });
});

test('a commit is exported although its branch has moved on, was forced elsewhere, or is gone', async () => {
  await using git = await makeGitRepository();
  const first = await git.commit({ files: { 'a.txt': 'first' } });
  const forced = await git.commit({ files: { 'a.txt': 'forced away' } });
  await git.commit({ from: first, files: { 'a.txt': 'elsewhere' } });
  const topic = await git.commit({ branch: 'topic', from: first, files: { 'a.txt': 'topic' } });
  await git.git('update-ref', '-d', 'refs/heads/topic');
  await using source = await gitAt(git.url);

  const texts = [];
  for (const [branch, revision] of [
    ['main', first],
    ['main', forced],
    ['topic', topic],
  ] as const) {
    const into = join(source.folder, revision);
    await source.scm.exportTree({ branch, path: '', revision, into }, noStop());
    texts.push(await readFile(join(into, 'a.txt'), 'utf8'));
  }

  expect(texts).toEqual(['first', 'forced away', 'topic']);
});

test('what was exported once is there for ever, whatever the server and the clean-up drop', async () => {
  await using git = await makeGitRepository();
  const first = await git.commit({ files: { 'a.txt': 'first' } });
  const forced = await git.commit({ files: { 'a.txt': 'forced away' } });
  await using source = await gitAt(git.url);
  const place = { branch: 'main', path: '', revision: forced };
  await source.scm.exportTree({ ...place, into: join(source.folder, 'before') }, noStop());
  await git.git('update-ref', 'refs/heads/main', first);
  await git.git('gc', '--prune=now', '--quiet');
  const [mirror = ''] = await mirrorsIn(source);
  await git.git('-C', mirror, 'gc', '--prune=now', '--quiet');

  await source.scm.exportTree({ ...place, into: join(source.folder, 'again') }, noStop());

  expect(await readFile(join(source.folder, 'again/a.txt'), 'utf8')).toBe('forced away');
});

test('a copy that was broken, or left locked by a killed process, is repaired', async () => {
  await using git = await makeGitRepository();
  const revision = await git.commit({ files: { 'a.txt': 'one' } });
  const place = { branch: 'main', path: '', revision };
  await using source = await gitAt(git.url);
  await source.scm.exportTree({ ...place, into: join(source.folder, 'first') }, noStop());
  const [mirror = ''] = await mirrorsIn(source);
  await writeFile(join(mirror, 'HEAD'), 'rubbish');
  await rm(join(mirror, 'objects'), { recursive: true });
  await writeFile(join(mirror, 'config.lock'), '');
  const restarted = createGit({ stateDir: source.stateDir, repository: gitConfig(git.url) });

  for (const [name, scm] of Object.entries({ same: source.scm, restarted })) {
    await scm.exportTree({ ...place, into: join(source.folder, name) }, noStop());
    expect(await readFile(join(source.folder, name, 'a.txt'), 'utf8')).toBe('one');
  }
});

test.each([
  ['/etc/passwd', 'an absolute link'],
  ['../../outside', 'a link that climbs too far'],
  ['a/../../../x', 'a link that climbs out behind a name'],
])('a link to %s is refused by name, and nothing is left behind', async (content) => {
  await using git = await makeGitRepository();
  const revision = await git.commit({ files: { 'app/link': { mode: '120000', content } } });
  await using source = await gitAt(git.url);
  const into = join(source.folder, 'tree');

  const exporting = source.scm.exportTree({ branch: 'main', path: '', revision, into }, noStop());

  await expect(exporting).rejects.toMatchObject({
    code: 'scm-broken-tree',
    message: expect.stringContaining('link'),
  });
  expect(await readdir(source.folder)).toEqual([]);
});

test.each([
  ['no such commit', { path: '', revision: '0123456789012345678901234567890123456789' }, 'scm-gone'],
  ['no commit at all', { path: '', revision: '--upload-pack=touch /tmp/x' }, 'scm-gone'],
  ['no such folder', { path: 'nowhere' }, 'scm-gone'],
  ['a file', { path: 'a.txt' }, 'scm-broken-tree'],
  ['a path that leaves the tree', { path: '../x' }, 'scm-denied'],
])('%s is a fault that says so', async (_name, place, code) => {
  await using git = await makeGitRepository();
  const revision = await git.commit({ files: { 'a.txt': 'one' } });
  await using source = await gitAt(git.url);
  const into = join(source.folder, 'tree');

  const exporting = source.scm.exportTree({ branch: 'main', revision, ...place, into }, noStop());

  await expect(exporting).rejects.toMatchObject({ code, isRetryable: false });
});

test('files and folders are read and listed', async () => {
  await using git = await makeGitRepository();
  const revision = await git.commit({ files: { 'app/a.txt': 'one', 'app/b/c.txt': 'two' } });
  await using source = await gitAt(git.url);
  const at = { branch: 'main', revision };

  expect(await source.scm.list({ ...at, path: 'app' }, noStop())).toEqual(['a.txt', 'b/']);
  expect(await source.scm.readFile({ ...at, path: 'app/a.txt' }, noStop())).toBe('one');
  const tooLong = source.scm.readFile({ ...at, path: 'app/a.txt', maxBytes: 2 }, noStop());
  await expect(tooLong).rejects.toMatchObject({ code: 'scm-broken-tree' });
  expect(source.scm.urlOf({ ...at, path: 'app' })).toBe(`${git.url}#${revision}:app`);
});

async function mirrorsIn({ stateDir }: GitUnderTest): Promise<string[]> {
  const home = join(stateDir, 'git/shop');
  return (await readdir(home)).filter((name) => name.endsWith('.git')).map((name) => join(home, name));
}

test('a tree that is larger than allowed is refused before it is there; what the pipeline needs of it is not', async () => {
  await using git = await makeGitRepository();
  const files = { 'app/文件.txt': 'x'.repeat(600), 'app/b.txt': 'x'.repeat(600), 'small/c.txt': 'x' };
  const revision = await git.commit({ files });
  await using source = await gitAt(git.url, { limits: { treeBytes: 1_000 } });
  const request = (path: string) => ({
    branch: 'main',
    path,
    revision,
    into: join(source.folder, `tree-${path}`),
  });

  await expect(source.scm.exportTree(request('app'), noStop())).rejects.toMatchObject({
    code: 'scm-broken-tree',
    message: expect.stringContaining('the tree is larger than 1.0 kB'),
    isRetryable: false,
  });
  expect(await source.scm.exportTree(request('small'), noStop())).toEqual({ files: 1, bytes: 1 });
  expect(await readdir(source.folder)).toEqual(['tree-small']);
});

test('a fetch tells how far it is', async () => {
  await using git = await makeGitRepository();
  const revision = await git.commit({ files: { 'a.txt': 'first' } });
  await using source = await gitAt(git.url);
  const reports: StepProgress[] = [];
  const onReport = (report: StepProgress) => reports.push(report);

  await source.scm.exportTree(
    { branch: 'main', path: '', revision, into: join(source.folder, 'tree'), onReport },
    noStop(),
  );

  expect(reports.at(-1)).toMatchObject({ phase: 'checkout', done: 3, total: 3 });
});
