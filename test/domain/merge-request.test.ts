import { expect, test } from 'vitest';
import { readGithubPayload } from '../../src/domain/github-payload.ts';
import { readGitlabPayload } from '../../src/domain/gitlab-payload.ts';
import { decideMergeRequest, forkRefusal, mergeRequestRefusal } from '../../src/domain/merge-request.ts';
import { asText, buildStep, head, pipelineOf, problemsOf } from './read-pipeline.ts';

const request = { number: 7, source: 'topic', target: 'release-1' };

test.for(['open', 'reopen', 'update', 'opened', 'reopened', 'synchronize', 'synchronized'])(
  'a merge request asks the pipelines at "%s"',
  (action) => {
    expect(mergeRequestRefusal({ ...request, action })).toBeNull();
  },
);

test.for(['close', 'closed', 'merge', 'merged', 'approved', 'unapproved'])(
  'a merge request starts nothing at "%s"',
  (action) => {
    expect(mergeRequestRefusal({ ...request, action })).toContain('brings no commit');
  },
);

test.for([{}, { action: '' }, { action: null }])(
  'a merge request without an action is told as that',
  (sent) => {
    const news = readGitlabPayload({
      object_kind: 'merge_request',
      object_attributes: { ...attributes, ...sent },
    });

    if (news.kind !== 'merge-request') throw new Error(news.kind);
    expect(mergeRequestRefusal(news)).toBe('merge request 7 comes without an action: nothing runs for it');
  },
);

const id = 'a'.repeat(40);
const attributes = { iid: 7, state: 'opened', target_branch: 'main', last_commit: { id } };
const sides = { head: { sha: id, ref: 'topic' }, base: { sha: id, ref: 'main' } };
const gitlab = (more: object, changes: object) =>
  readGitlabPayload({
    object_kind: 'merge_request',
    changes,
    object_attributes: { ...attributes, action: 'update', ...more },
  });
const github = (more: object, changes: object, action = 'edited') =>
  readGithubPayload('pull_request', {
    ...{ action, changes, number: 7, pull_request: { ...sides, ...more } },
  });

test.for([
  ['GitLab', gitlab({}, { target_branch: { previous: 'release-1', current: 'main' } })],
  ['GitHub', github({ state: 'open' }, { base: { ref: { from: 'release-1' }, sha: { from: id } } })],
  ['Gitea', github({ state: 'open' }, { ref: { from: 'release-1' } })],
] as const)('a request that is to be merged into another branch now asks the pipelines: %s', ([, news]) => {
  if (news.kind !== 'merge-request') throw new Error(JSON.stringify(news));

  expect(news).toMatchObject({ target: 'main', retargetedFrom: 'release-1' });
  expect(mergeRequestRefusal(news)).toBeNull();
});

test.for([
  ['a title', gitlab({}, { title: { previous: 'a', current: 'b' } })],
  ['a new one, of GitLab', gitlab({}, { target_branch: { previous: null, current: 'main' } })],
  ['a merged one, of GitLab', gitlab({ state: 'merged' }, { target_branch: { previous: 'release-1' } })],
  ['a text, of GitHub', github({}, { body: { from: 'a' } })],
  ['a closed one, of GitHub', github({ state: 'closed' }, { base: { ref: { from: 'release-1' } } })],
  ['a label, of GitHub', github({}, { ref: { from: 'release-1' } }, 'labeled')],
] as const)('a request that is to be merged where it was asks nothing: %s', ([, news]) => {
  expect(news).toMatchObject({ kind: 'ignored', why: expect.stringContaining('no new commit') });
});

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
