import { rm } from 'node:fs/promises';
import { expect, test } from 'vitest';
import type { MovesRequest, ReadMove } from '../../../src/scm/source-control.ts';
import { type GitRepository, makeGitRepository } from '../../support/git-repository.ts';
import { type GitUnderTest, gitAt, noStop } from './git-at.ts';

const main = 'refs/heads/main';

async function read({ scm }: GitUnderTest, request: MovesRequest): Promise<ReadMove[]> {
  const found: ReadMove[] = [];
  for await (const move of scm.readMoves(request, noStop())) found.push(move);
  return found;
}

/** `A path` and the like; the copy of everything is `A`. */
function pathsOf([found]: ReadMove[]): string[] | undefined {
  return found?.revision?.paths.map(({ path, action }) => `${action} ${path}`.trim());
}

async function idOf(git: GitRepository, name: string): Promise<string> {
  return (await git.git('rev-parse', name)).trim();
}

test('branches and tags are told in one request, and which branch is the default one', async () => {
  await using git = await makeGitRepository();
  const first = await git.commit({ files: { 'a.txt': '1' } });
  const topic = await git.commit({ branch: 'feature/发布', from: first, files: { 'b.txt': '1' } });
  await git.git('tag', '-a', 'v1', '-m', 'one', first);
  await git.git('update-ref', 'refs/merge-requests/1/head', topic);
  await using source = await gitAt(git.url);

  const { refs, defaultRef } = await source.scm.refs(noStop());

  expect(Object.fromEntries(refs)).toEqual({
    [main]: first,
    'refs/heads/feature/发布': topic,
    'refs/tags/v1': await idOf(git, 'refs/tags/v1'),
  });
  expect(defaultRef).toBe(main);
});

test('a repository without a commit has no refs', async () => {
  await using git = await makeGitRepository();
  await using source = await gitAt(git.url);

  expect(await source.scm.refs(noStop())).toEqual({ refs: new Map(), defaultRef: null });
});

test('a move tells what lies between the old and the new commit, and who made the newest one', async () => {
  await using git = await makeGitRepository();
  const from = await git.commit({ files: { 'a.txt': '1', 'old "name".txt': '1' } });
  await git.commit({ files: { 'b/文件.txt': '1' }, author: 'bob' });
  const to = await git.commit({
    files: { 'a.txt': '2', 'old "name".txt': null },
    message: 'Now\n\nit works',
  });
  await using source = await gitAt(git.url);

  const moves = [{ ref: main, from, to }];
  const found = await read(source, { moves, base: { ref: main, to } });

  expect(pathsOf(found)).toEqual(['modified a.txt', 'added b/文件.txt', 'deleted old "name".txt']);
  expect(found).toMatchObject([{ revision: { revision: to, author: 'alice', message: 'Now\n\nit works' } }]);
});

test('a move back to an old commit is what it undoes', async () => {
  await using git = await makeGitRepository();
  const to = await git.commit({ files: { 'a.txt': '1' } });
  const from = await git.commit({ files: { 'b.txt': '1' } });
  await git.git('update-ref', main, to);
  await using source = await gitAt(git.url);

  const found = await read(source, { moves: [{ ref: main, from, to }], base: { ref: main, to } });

  expect(pathsOf(found)).toEqual(['deleted b.txt']);
});

test('a move that changes no file touches the root alone', async () => {
  await using git = await makeGitRepository();
  const empty = await git.commit({ files: {} });
  const from = await git.commit({ files: { 'a.txt': '1' } });
  const to = await git.commit({ files: {}, message: 'build it again' });
  await using source = await gitAt(git.url);
  const of = async (before: string | null, after: string) =>
    pathsOf(await read(source, { moves: [{ ref: main, from: before, to: after }], base: { ref: main, to } }));

  expect(await of(from, to)).toEqual(['modified']);
  expect(await of(null, empty)).toEqual(['added']);
});

test('a new branch is what it has beside the default branch; with nothing of its own it is a copy of all', async () => {
  await using git = await makeGitRepository();
  const old = await git.commit({ files: { 'a.txt': '1' } });
  const head = await git.commit({ files: { 'main.txt': '1' } });
  const topic = await git.commit({ branch: 'topic', from: old, files: { 'topic.txt': '1' } });
  const orphan = await git.commit({ branch: 'orphan', from: null, files: { 'x.txt': '1', 'y/z.txt': '1' } });
  await git.git('tag', '-a', 'v1', '-m', 'one', old);
  const tag = await idOf(git, 'refs/tags/v1');
  await using source = await gitAt(git.url);
  const of = async (ref: string, to: string) =>
    pathsOf(await read(source, { moves: [{ ref, from: null, to }], base: { ref: main, to: head } }));

  expect(await of('refs/heads/topic', topic)).toEqual(['added topic.txt']);
  expect(await of('refs/heads/orphan', orphan)).toEqual(['added x.txt', 'added y/z.txt']);
  expect(await of('refs/tags/v1', tag)).toEqual(['added']);
  expect(await of(main, head)).toEqual(['added a.txt', 'added main.txt']);
});

test('a move whose commit is gone is left out, one from a commit that is gone is read, others are not held up', async () => {
  await using git = await makeGitRepository();
  const gone = '1234567890123456789012345678901234567890';
  const to = await git.commit({ files: { 'a.txt': '1' } });
  await git.git('update-ref', 'refs/tags/blob', await idOf(git, `${to}:a.txt`));
  await using source = await gitAt(git.url);
  const moves = [
    { ref: 'refs/heads/gone', from: null, to: gone },
    { ref: main, from: gone, to },
    { ref: 'refs/tags/blob', from: null, to: await idOf(git, 'refs/tags/blob') },
  ];

  const found = await read(source, { moves, base: { ref: main, to } });

  expect(found.map(({ move, revision }) => [move.ref, revision?.revision])).toEqual([
    [main, to],
    ['refs/tags/blob', undefined],
  ]);
  expect(pathsOf(found)).toEqual(['added a.txt']);
});

test('a commit is found by its id or the unique beginning of it, and by nothing else', async () => {
  await using git = await makeGitRepository();
  const first = await git.commit({ files: { 'a.txt': '1' } });
  const away = await git.commit({ files: { 'a.txt': '2' } });
  const tip = await git.commit({ from: first, files: { 'a.txt': '3' } });
  await using source = await gitAt(git.url);
  const find = async (id: string) =>
    (await source.scm.findCommit({ ref: main, tip, id }, noStop()))?.revision;

  expect(await find(first)).toBe(first);
  expect(await find(first.slice(0, 10))).toBe(first);
  expect(await find(away)).toBe(away);
  for (const id of ['main', 'HEAD', '-x', `${tip}~1`, '--all', 'abc', first.replace(/^.{6}/, '000000')])
    expect(await find(id)).toBeUndefined();
});

test('a repository with SHA-256 ids is read like any other, also one that takes the place of another', async () => {
  await using former = await makeGitRepository();
  const old = await former.commit({ files: { 'a.txt': '1' } });
  await using source = await gitAt(former.url);
  await read(source, { moves: [{ ref: main, from: null, to: old }], base: null });
  await rm(former.path, { recursive: true });
  await using git = await makeGitRepository({ root: former.root, format: 'sha256' });
  const from = await git.commit({ files: { 'a.txt': '1' } });
  const to = await git.commit({ files: { 'b.txt': '1' } });

  const made = await read(source, { moves: [{ ref: main, from: null, to: from }], base: null });
  const moved = await read(source, { moves: [{ ref: main, from, to }], base: { ref: main, to } });

  expect(to).toHaveLength(64);
  expect(pathsOf(made)).toEqual(['added a.txt']);
  expect(pathsOf(moved)).toEqual(['added b.txt']);
});
