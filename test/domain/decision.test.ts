import { describe, expect, test } from 'vitest';
import type { Change, ChangedPath } from '../../src/domain/change.ts';
import { decide } from '../../src/domain/decision.ts';
import { noTriggers } from '../../src/domain/no-triggers.ts';
import type { Pipeline } from '../../src/domain/pipeline.ts';
import type { CommitTrigger } from '../../src/domain/triggers.ts';
import { everyCommit } from './every-commit.ts';

function pipeline(path: string, trigger: Partial<CommitTrigger> | null = {}): Pipeline {
  return {
    name: 'cart',
    source: { repository: 'shop', path },
    on: { ...noTriggers, commit: trigger && { ...everyCommit, ...trigger } },
    concurrency: { group: '', queue: 'fifo' },
    steps: [],
  };
}

function change(paths: ChangedPath[], branch = 'trunk'): Change {
  const who = { author: 'ada', committedAt: null, message: '' };
  return { repository: 'shop', generation: 1, branch, move: 7, revision: '7', ...who, paths };
}

function file(path: string, action: ChangedPath['action'] = 'modified'): ChangedPath {
  return { path, action, kind: 'file' };
}

function folder(path: string, action: ChangedPath['action'] = 'modified'): ChangedPath {
  return { path, action, kind: 'directory' };
}

describe('a change', () => {
  test('is explained filter by filter', () => {
    const decision = decide(
      pipeline('services/cart', { branches: ['branches/*'], paths: ['**', '!**/*.md'] }),
      change([file('services/cart/README.md'), file('services/web/a.c', 'added')]),
    );

    expect(decision).toEqual({
      verdict: 'skip',
      filters: [
        { filter: 'repository', expected: 'shop', actual: 'shop', passed: true },
        { filter: 'branches', expected: 'branches/*', actual: 'trunk', passed: false },
        {
          filter: 'paths',
          expected: '**, !**/*.md below services/cart',
          actual: 'services/cart/README.md modified, services/web/a.c added',
          passed: false,
        },
        { filter: 'source', expected: 'services/cart exists', actual: 'exists', passed: true },
      ],
    });
  });

  test.each([
    { what: 'something in it', paths: [file('services/cart/a.c')], source: 'exists' },
    { what: 'something else', paths: [file('services/web/a.c')], source: 'not deleted' },
    { what: 'the branch, which came without it', paths: [folder('', 'added')], source: 'is not there' },
    { what: 'the last of it', paths: [file('services/cart/a.c', 'deleted')], source: 'is not there' },
  ])('of $what says of the source no more than is known', ({ paths, source }) => {
    const exists = () => source !== 'is not there';

    const { filters } = decide(pipeline('services/cart'), change(paths), { exists, ownUser: null });

    expect(filters.find(({ filter }) => filter === 'source')?.actual).toBe(source);
  });

  test.each([
    ['services/cart/libs/x/a.c', 'run'],
    ['services/cart/build.gradle', 'run'],
    ['services/cart/libs/x2/a.c', 'skip'],
    ['services/cart/main.c', 'skip'],
    ['libs/x/a.c', 'skip'],
  ])('of %s in front of a sparse tree: %s', (path, expected) => {
    const whole = pipeline('services/cart');
    const sparse = { ...whole, source: { ...whole.source, only: ['libs/x', 'build.gradle'] } };

    const { verdict, filters } = decide(sparse, change([file(path)]));

    expect(verdict).toBe(expected);
    expect(filters.find(({ filter }) => filter === 'paths')?.expected).toBe(
      '** below services/cart in libs/x, build.gradle',
    );
  });

  test.each([
    [file('services/cart/build.gradle'), 'run'],
    [file('services/cart/libs/a.c'), 'run'],
    [file('services/cart/libs/x/a.c'), 'skip'],
    [folder('services/cart/libs/x', 'deleted'), 'skip'],
    [folder('services/cart/libs', 'deleted'), 'run'],
    [file('services/cart/other/a.c'), 'skip'],
  ])('of files right in folders of a sparse tree, %o: %s', (changed, expected) => {
    const whole = pipeline('services/cart');
    const sparse = { ...whole, source: { ...whole.source, only: ['*', 'libs/*'] } };

    expect(decide(sparse, change([changed])).verdict).toBe(expected);
  });

  test('of a folder above parts of a sparse tree counts when it is replaced', () => {
    const whole = pipeline('services/cart');
    const sparse = { ...whole, source: { ...whole.source, only: ['libs/x'] } };

    expect(decide(sparse, change([folder('services/cart/libs', 'deleted')])).verdict).toBe('run');
    expect(decide(sparse, change([folder('services/cart/other', 'deleted')])).verdict).toBe('skip');
  });

  test('runs a pipeline when one of many paths counts, and names that one', () => {
    const paths = Array.from({ length: 50 }, (_, index) => file(`other/${index}`));

    const decision = decide(pipeline('services/cart'), change([...paths, file('services/cart/a.c')]));

    expect(decision.verdict).toBe('run');
    expect(decision.filters).toContainEqual(
      expect.objectContaining({ actual: 'services/cart/a.c modified' }),
    );
  });

  test('of another repository or for a pipeline without a commit trigger is skipped', () => {
    expect(decide(pipeline(''), { ...change([file('a')]), repository: 'web' }).verdict).toBe('skip');
    expect(decide(pipeline('', null), change([file('a')])).verdict).toBe('skip');
  });

  test('without any path is skipped', () => {
    expect(decide(pipeline(''), change([])).verdict).toBe('skip');
  });
});

const copiedFrom = { path: 'trunk', revision: '4' };

describe('a folder above the watched paths', () => {
  const watching = pipeline('services/cart', { paths: ['src/**'] });

  test.each([
    ['copied', { ...folder('services', 'added'), copiedFrom }, 'run'],
    ['made empty', folder('services', 'added'), 'skip'],
    ['replaced', folder('services/cart', 'replaced'), 'run'],
    ['the branch itself copied', { ...folder('', 'added'), copiedFrom }, 'run'],
    ['the branch itself made empty', folder('', 'added'), 'skip'],
    ['only modified', folder('services', 'modified'), 'skip'],
    ['the branch root only modified', folder('', 'modified'), 'skip'],
    ['a watched folder deleted', folder('services/cart/src', 'deleted'), 'run'],
    ['a folder beside', folder('services/cart/doc', 'added'), 'skip'],
    ['a folder with a longer name', folder('services/cart2', 'added'), 'skip'],
    [
      'a copy of unknown kind',
      { path: 'services/cart', action: 'added', kind: 'unknown', copiedFrom },
      'run',
    ],
    ['a file in its place', file('services/cart', 'added'), 'skip'],
    ['the source deleted', folder('services/cart', 'deleted'), 'skip'],
    ['the branch deleted', folder('', 'deleted'), 'skip'],
  ] as const)('%s: %#', (...[, path, verdict]) => {
    expect(decide(watching, change([path])).verdict).toBe(verdict);
  });

  test('a property of the source folder itself counts as a change of it', () => {
    expect(decide(pipeline('services/cart'), change([folder('services/cart')])).verdict).toBe('run');
  });

  test.each([
    ['mergeinfo', ['svn:mergeinfo'], 'the branch root modified (only svn:mergeinfo, ignored)'],
    ['properties', ['svn:ignore'], 'the branch root modified (only properties, ignored)'],
  ] as const)('properties that do not count are told as such: %s', (ignored, properties, actual) => {
    const changed = { ...folder(''), isPropertyOnly: true, properties: [...properties] };

    const { filters } = decide(pipeline('', { ignore: [ignored] }), change([changed]));

    expect(filters).toContainEqual({ filter: 'paths', expected: '**', actual, passed: false });
  });

  test('a source that is deleted and put back in one commit exists', () => {
    const paths = [folder('services/cart', 'deleted'), folder('services/cart', 'added')];

    expect(decide(pipeline('services/cart'), change(paths)).verdict).toBe('run');
  });
});
