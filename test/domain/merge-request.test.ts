import { expect, test } from 'vitest';
import { decideMergeRequest, forkRefusal, mergeRequestRefusal } from '../../src/domain/merge-request.ts';
import { asText, buildStep, head, pipelineOf, problemsOf } from './read-pipeline.ts';

const request = { number: 7, source: 'topic', target: 'release-1' };

test.for(['open', 'reopen', 'update', 'opened', 'reopened', 'synchronize', 'synchronized'])(
  'a merge request asks the pipelines at "%s"',
  (action) => {
    expect(mergeRequestRefusal({ ...request, action })).toBeNull();
  },
);

test.for(['close', 'closed', 'merge', 'merged', 'approved', 'unapproved', ''])(
  'a merge request starts nothing at "%s"',
  (action) => {
    expect(mergeRequestRefusal({ ...request, action })).toContain('brings no commit');
  },
);

function pipelineWith(on: string) {
  return pipelineOf(`${head}on: ${on}\nsteps:\n  - ${buildStep}\n`);
}

test('a merge request is held against the branch it goes into, the mark in its message, and the folder', () => {
  const pipeline = pipelineWith('{ merge-request: { branches: [release-*] } }');
  const decide = (more: Partial<typeof request>, message = 'more', hasSource = true) =>
    decideMergeRequest(pipeline, { request: { ...request, ...more }, message }, hasSource);
  const refusing = (decision: ReturnType<typeof decide>) =>
    decision.filters.flatMap(({ filter, passed }) => (passed ? [] : [filter]));

  expect(decide({})).toMatchObject({
    verdict: 'run',
    filters: [{ filter: 'branches' }, { filter: 'source' }],
  });
  expect(refusing(decide({ target: 'main' }))).toEqual(['branches']);
  expect(refusing(decide({}, 'more [skip ci]'))).toEqual(['message']);
  expect(refusing(decide({}, 'more', false))).toEqual(['source']);
});

test('one of a fork is refused unless a pipeline says that it runs them, and then by each of the others', () => {
  const [strict, open] = ['true', '{ forks: true }'].map((on) => pipelineWith(`{ merge-request: ${on} }`));
  if (strict === undefined || open === undefined) throw new Error('two pipelines');
  const fork = { ...request, isFork: true } as const;
  const decide = (pipeline: typeof strict, told: typeof request) =>
    decideMergeRequest(pipeline, { request: told, message: '' }, true);

  expect(forkRefusal(fork, [strict])).toContain('merge request 7 is of a fork (its branch topic): untrusted');
  expect([forkRefusal(fork, [strict, open]), forkRefusal(request, [strict])]).toEqual([null, null]);
  expect(decide(open, fork).verdict).toBe('run');
  expect(decide(strict, fork)).toMatchObject({ verdict: 'skip' });
  expect(decide(strict, fork).filters).toContainEqual({
    ...{ filter: 'forks', expected: 'no fork', actual: 'of a fork', passed: false },
  });
  expect(decide(strict, request).filters.map(({ filter }) => filter)).not.toContain('forks');
});

test('a pipeline without the trigger is told apart', () => {
  const decision = decideMergeRequest(pipelineWith('{ commit: {} }'), { request, message: '' }, true);

  expect(decision).toMatchObject({ verdict: 'skip', filters: [{ filter: 'on', passed: false }] });
});

test('"merge-request" is true or has filters', () => {
  const problems = (value: string) =>
    problemsOf(`${head}on: { merge-request: ${value} }\nsteps:\n  - ${buildStep}\n`).map(asText);

  expect(pipelineWith('{ merge-request: true }').on.mergeRequest).toEqual({ branches: ['**'] });
  expect(problems('false')).toEqual([expect.stringMatching(/^3:\d+ this is 'true' or has the key/)]);
  expect(problems('{ branchs: [a] }')).toEqual([expect.stringContaining("did you mean 'branches'?")]);
});
