import { expect, test } from 'vitest';
import type { ChangedPath, Revision } from '../../src/domain/change.ts';
import { collapseToLatest } from '../../src/triggers/collapse-to-latest.ts';
import { changesOf, type DecidedChange, decideChange } from '../../src/triggers/decide-revision.ts';
import { withoutImpliedFolders } from '../../src/triggers/implied-folders.ts';
import type { CatalogueEntry } from '../../src/triggers/watch.ts';
import { pipelineOf } from './triggers-under-test.ts';

const origin = { repository: 'shop', generation: 1, layout: ['standard'] };

function revision(number: number, ...paths: string[]): Revision {
  return {
    revision: `${number}`,
    author: 'alice',
    committedAt: null,
    message: '',
    paths: paths.map((path): ChangedPath => ({ path, action: 'modified', kind: 'file' })),
  };
}

function decideRevision(read: Revision, entries: CatalogueEntry[]): DecidedChange[] {
  return changesOf(read, origin).map((change) => decideChange(change, entries));
}

function verdicts(changes: DecidedChange[]): string[] {
  return changes.flatMap(({ change, decisions }) =>
    decisions.map(({ entry, verdict }) => `${entry.name} ${change.branch} r${change.revision} ${verdict}`),
  );
}

test('a revision becomes one change for each branch, with paths relative to its root', () => {
  const touched = revision(3, 'trunk/a', 'branches/x/b', 'trunk/c', 'readme');

  const changes = decideRevision(touched, []);

  expect(changes.map(({ change }) => [change.branch, change.paths.map(({ path }) => path)])).toEqual([
    ['trunk', ['a', 'c']],
    ['branches/x', ['b']],
  ]);
});

test('of a huge revision all paths are decided on, and the first thousand are kept', () => {
  const paths = Array.from({ length: 5_000 }, (_, index) => `trunk/a/${index}`);

  const [decided] = decideRevision(revision(3, ...paths, 'trunk/last/x'), [
    pipelineOf('last', { path: 'last' }),
  ]);

  expect(decided?.decisions[0]?.verdict).toBe('run');
  expect(decided?.change.paths).toHaveLength(1_000);
  expect(decided?.pathCount).toBe(5_001);
});

test('of revisions found together, "latest" runs the newest that passes its filters, on each branch', () => {
  const entries = [pipelineOf('l', { revisions: 'latest', path: 'a', branches: ['**'] }), pipelineOf('e')];
  const changes = [
    ...decideRevision(revision(1, 'trunk/a/x'), entries),
    ...decideRevision(revision(2, 'trunk/a/x'), entries),
    ...decideRevision(revision(3, 'branches/b/a/x'), entries),
    ...decideRevision(revision(4, 'trunk/b/x'), entries),
  ];

  const collapsed = collapseToLatest(changes);

  expect(verdicts(collapsed)).toEqual([
    ...['l trunk r1 skip', 'e trunk r1 run', 'l trunk r2 run', 'e trunk r2 run'],
    ...['l branches/b r3 run', 'e branches/b r3 skip', 'l trunk r4 skip', 'e trunk r4 run'],
  ]);
  expect(collapsed[0]?.decisions[0]?.filters.at(-1)).toEqual({
    filter: 'revisions',
    expected: 'latest',
    actual: 'found together with 2',
    passed: false,
  });
  expect(collapsed[0]?.decisions[0]?.collapsedInto).toBe(collapsed[1]?.id);
});

test('the run for the newest of several revisions counts as touching what the older ones touched', () => {
  const entry = pipelineOf('l', { revisions: 'latest' });
  const when = { branches: null, paths: ['docs/**'], trigger: null, parameters: null };
  const steps = entry.pipeline.steps.map((step) => ({ ...step, when }));
  const entries = [{ ...entry, pipeline: { ...entry.pipeline, steps } }];

  const collapsed = collapseToLatest([
    ...decideRevision(revision(1, 'trunk/docs/x'), entries),
    ...decideRevision(revision(2, 'trunk/src/x'), entries),
    ...decideRevision(revision(3, 'branches/x/src/x'), entries),
  ]);

  expect(collapsed.map(({ decisions }) => [decisions[0]?.verdict, decisions[0]?.touched])).toEqual([
    ['skip', { 'docs/**': true }],
    ['run', { 'docs/**': true }],
    ['skip', { 'docs/**': false }],
  ]);
});

test('the run for the newest of several revisions knows who made the older ones', () => {
  const entries = [pipelineOf('l', { revisions: 'latest' })];
  const by = (author: string, number: number) =>
    decideRevision({ ...revision(number, 'trunk/x'), author }, entries);

  const collapsed = collapseToLatest([...by('bob', 1), ...by('carol', 2), ...by('alice', 3)]);

  expect(collapsed.map(({ decisions }) => decisions[0]?.authors)).toEqual([
    undefined,
    undefined,
    ['bob', 'carol'],
  ]);
});

test.each([
  ['only of files that a filter leaves out', ['docs', 'docs/new', 'docs/new/a.md'], false],
  ['with a file that counts', ['docs', 'docs/new', 'docs/new/a.c'], true],
  ['with nothing in it', ['docs'], true],
  ['that is the branch', ['', 'docs', 'docs/a.md'], false],
])('a new folder %s is told by what is in it: %#', (_, paths, runs) => {
  const read = revision(3);
  read.paths = paths.map((path): ChangedPath => {
    const kind = path.includes('.') ? 'file' : 'directory';
    return { path: path === '' ? 'trunk' : `trunk/${path}`, action: 'added', kind };
  });
  const entries = [pipelineOf('p', { paths: ['*/**', '!**/*.md'] })];

  const [decided] = decideRevision(withoutImpliedFolders(read, origin.layout), entries);

  expect(decided?.decisions[0]?.verdict).toBe(runs ? 'run' : 'skip');
  expect(decided?.change.happened).toBe(paths[0] === '' ? 'created' : undefined);
});
