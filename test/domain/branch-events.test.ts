import { expect, test } from 'vitest';
import { gitTag, subversionTag } from '../../src/domain/branch-events.ts';
import type { Change } from '../../src/domain/change.ts';
import { decide } from '../../src/domain/decision.ts';
import { buildStep, pipelineOf } from './read-pipeline.ts';

function pipelineWith(on: string, path = '') {
  const source = `{ repository: shop, path: '${path}' }`;
  return pipelineOf(`name: cart\nsource: ${source}\non: ${on}\nsteps:\n  - ${buildStep}\n`);
}

function change(facts: Partial<Change>): Change {
  const place = { repository: 'shop', generation: 1, branch: 'branches/one', move: 7, revision: '7' };
  return { ...place, author: 'ada', committedAt: null, message: '', paths: [], ...facts };
}

const root = { path: '', action: 'added', kind: 'directory' } as const;
const created = change({ happened: 'created', paths: [root] });
const deleted = change({ happened: 'deleted', paths: [{ ...root, action: 'deleted' }] });
const tagged = change({ branch: 'tags/v1', tag: 'v1', happened: 'created', paths: [root] });

/** `run by TRIGGER`, or the filters that refuse. */
function outcome(pipeline: ReturnType<typeof pipelineWith>, of: Change, exists = true): string {
  const { verdict, trigger, filters } = decide(pipeline, of, { exists: () => exists, ownUser: null });
  if (verdict === 'run') return `run by ${trigger}`;
  return filters.flatMap(({ filter, passed }) => (passed ? [] : [filter])).join(' ');
}

test('a branch that is made or deleted starts what asks for it, and a tag is no branch', () => {
  const made = pipelineWith('{ branch: {} }');
  const both = pipelineWith("{ branch: { events: [created, deleted], branches: ['branches/*'] } }");

  expect([created, deleted, tagged, change({})].map((one) => outcome(made, one))).toEqual([
    ...['run by branch', 'event', 'event', 'event'],
  ]);
  expect(outcome(both, deleted)).toBe('run by branch');
  expect(outcome(both, { ...created, branch: 'trunk' })).toBe('branches');
  expect(outcome(both, { ...created, message: '[skip ci]' })).toBe('message');
});

test('a tag starts what asks for it when it is made or moved, not when something is committed into it', () => {
  const versions = pipelineWith("{ tag: { tags: ['v*', '!v0'] } }");

  expect(outcome(versions, tagged)).toBe('run by tag');
  expect(outcome(versions, { ...change({ branch: 'tags/v1', tag: 'v1' }), isMovedTag: true })).toBe(
    'run by tag',
  );
  expect(outcome(versions, change({ branch: 'tags/v1', tag: 'v1' }))).toBe('event');
  expect(outcome(versions, { ...tagged, branch: 'tags/v0', tag: 'v0' })).toBe('tags');
  expect(outcome(versions, created)).toBe('event tags');
});

test('a branch without the folder of the pipeline starts nothing when it is made, and is cleaned up all the same', () => {
  const preview = pipelineWith('{ branch: { events: [created, deleted] } }', 'services/cart');

  expect(outcome(preview, created, false)).toBe('source');
  expect(outcome(preview, deleted, false)).toBe('run by branch');
});

test('of several triggers the one that passes is told, else what each of them asked', () => {
  const several = pipelineWith(
    "{ commit: { branches: [trunk] }, branch: { branches: ['branches/*'] }, tag: {} }",
  );

  expect(outcome(several, created)).toBe('run by branch');
  expect(outcome(several, { ...created, branch: 'trunk' })).toBe('run by commit');
  expect(outcome(several, tagged)).toBe('run by tag');
  expect(
    outcome(several, change({ branch: 'trunk', paths: [{ path: 'a', action: 'added', kind: 'file' }] })),
  ).toBe('run by commit');
  expect(outcome(several, deleted)).toBe('commit.branches commit.source branch.event');
});

test('a tag has the name that follows "tags/", and of Subversion its project before it', () => {
  expect(['tags/v1', 'shop/tags/v1', 'tags/2024/v1', 'branches/tags', 'trunk'].map(subversionTag)).toEqual([
    ...['v1', 'shop/v1', '2024/v1', undefined, undefined],
  ]);
  expect(['tags/v1', 'feature/tags/v1', 'heads/tags/v1'].map(gitTag)).toEqual(['v1', undefined, undefined]);
});
