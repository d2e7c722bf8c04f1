import { expect, test } from 'vitest';
import { decideDry, type Happening, settleDry } from '../../src/domain/dry-run.ts';
import { buildStep, head, pipelineOf } from './read-pipeline.ts';

const steps = `steps:\n  - ${buildStep}\n`;
const commit = (paths: string[], more: object = {}): Happening => ({
  kind: 'commit',
  branch: 'trunk',
  paths,
  author: null,
  message: '',
  ...more,
});

/** The names of the filters that say no. */
function refusals(triggers: string, happening: Happening): string[] {
  const decision = decideDry(pipelineOf(`${head}on: ${triggers}\n${steps}`), happening);
  const failed = decision.filters.filter(({ passed }) => !passed).map(({ filter }) => filter);
  expect(decision.verdict).toBe(failed.length === 0 ? 'run' : 'skip');
  return failed;
}

test('a commit is judged by branch, path, author and message, as it is on the server', () => {
  const trigger = "{ commit: { branches: [trunk], paths: ['src/**'], authors: [ada] } }";

  expect(refusals(trigger, commit(['src/a.ts'], { author: 'ada' }))).toEqual([]);
  expect(refusals(trigger, commit(['docs/a.md'], { author: 'bob' }))).toEqual(['paths', 'authors']);
  expect(refusals(trigger, commit(['src/'], { author: 'ada', branch: 'other' }))).toEqual(['branches']);
  expect(refusals(trigger, commit(['src/a.ts'], { author: 'ada', message: '[skip ci]' }))).toEqual([
    'message',
  ]);
});

test('without any path, the paths of a commit are whatever a pipeline asks for', () => {
  expect(refusals("{ commit: { paths: ['src/**'] } }", commit([]))).toEqual([]);
});

test('a schedule and a request run what they may', () => {
  expect(refusals("{ schedule: { cron: '@daily' } }", { kind: 'schedule' })).toEqual([]);
  expect(refusals('{ commit: {} }', { kind: 'schedule' })).toEqual(['on']);
  expect(refusals('{}', { kind: 'request' })).toEqual([]);
});

test('branches, tags and merge requests are judged by their own triggers', () => {
  const branch = '{ branch: { events: [created], branches: [release-*] } }';
  const tag = "{ tag: { tags: ['v*'] } }";
  const request = '{ merge-request: { branches: [main] } }';
  const into = (target: string): Happening => ({
    kind: 'merge-request',
    request: { number: 1, source: 'side', target },
    message: '',
  });

  expect(refusals(branch, commit([], { branch: 'release-1', happened: 'created' }))).toEqual([]);
  expect(refusals(branch, commit([], { branch: 'other', happened: 'deleted' }))).toEqual([
    'event',
    'branches',
  ]);
  expect(refusals(tag, commit([], { branch: 'tags/v1', tag: 'v1', happened: 'created' }))).toEqual([]);
  expect(refusals(tag, commit([], { branch: 'tags/x', tag: 'x', happened: 'created' }))).toEqual(['tags']);
  expect(refusals(request, into('main'))).toEqual([]);
  expect(refusals(request, into('other'))).toEqual(['branches']);
});

test('a step that asks for the kind of event is settled by it', () => {
  const text = `${head}on: { branch: { events: [created] } }\n${steps.replace('{ id', '{ when: { trigger: [branch-created] }, id')}`;
  const skips = ['created', 'deleted'].map((happened) => {
    const happening = commit([], { branch: 'side', happened });
    return settleDry(pipelineOf(text), happening, { branch: 'side' }).steps[0]?.skip;
  });

  expect(skips).toEqual([undefined, expect.any(String)]);
});

test('the end of another run is judged by its pipeline, its outcome and its branch', () => {
  const trigger = '{ pipeline: { name: base, branches: [trunk] } }';
  const end = { kind: 'pipeline', name: 'base', branch: 'trunk', isSuccess: true } as const;

  expect(refusals(trigger, end)).toEqual([]);
  expect(refusals(trigger, { ...end, name: 'other', isSuccess: false, branch: 'side' })).toEqual([
    'pipeline',
    'on',
    'branches',
  ]);
  expect(refusals('{ commit: {} }', end)).toEqual(['on']);
});
