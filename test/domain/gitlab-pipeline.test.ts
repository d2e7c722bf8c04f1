import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { readGitlabPayload } from '../../src/domain/gitlab-payload.ts';
import {
  branchOfGitlabPipeline,
  decideGitlabPipeline,
  type GitlabEnd,
  gitlabPipelineRefusal,
} from '../../src/domain/gitlab-pipeline.ts';
import { buildStep, head, pipelineOf, problemsOf } from './read-pipeline.ts';

const told = { id: 31, status: 'success', ref: 'main', isTag: false, isOfRequest: false };

function pipelineWith(on: string) {
  return pipelineOf(`${head}on: ${on}\nsteps:\n  - ${buildStep}\n`);
}

test('a pipeline of GitLab asks the pipelines when it has ended, and is of no merge request', () => {
  for (const status of ['success', 'failed', 'canceled', 'skipped'])
    expect(gitlabPipelineRefusal({ ...told, status })).toBeNull();
  for (const status of ['created', 'pending', 'running', 'manual', 'scheduled'])
    expect(gitlabPipelineRefusal({ ...told, status })).toContain('nothing runs before it has ended');
  expect(gitlabPipelineRefusal({ ...told, status: '' })).toBe(
    'pipeline 31 of GitLab comes without a status: nothing runs after it',
  );
  expect(gitlabPipelineRefusal({ ...told, isOfRequest: true })).toContain('of a merge request');
});

test.for(['external', 'parent_pipeline', 'webide', 'security_orchestration_policy'])(
  'what is no pipeline of GitLab of its own, or one beside that of the commit, starts nothing: %s',
  (source) => {
    const object_attributes = { id: 31, status: 'success', ref: 'main', sha: 'a'.repeat(40), source };
    const news = readGitlabPayload({ object_kind: 'pipeline', object_attributes });
    if (news.kind !== 'ci-pipeline') throw new Error(JSON.stringify(news));

    expect(gitlabPipelineRefusal(news)).toMatch(/^pipeline 31 of GitLab .* nothing runs after it$/);
    expect(gitlabPipelineRefusal({ ...news, source: 'push' })).toBeNull();
  },
);

test('its branch is a branch or a tag; a name that is none is not guessed at', () => {
  expect(branchOfGitlabPipeline(told)).toBe('main');
  expect(branchOfGitlabPipeline({ ...told, ref: 'v1', isTag: true })).toBe('tags/v1');
  expect(branchOfGitlabPipeline({ ...told, ref: 'a..b' })).toBeNull();
});

test('GitLab’s own example, which is of a merge request, is read as one; without it, it is of its branch', async () => {
  const file = new URL('../http/payloads/gitlab-pipeline.json', import.meta.url);
  const documented = JSON.parse(await readFile(file, 'utf8'));
  const attributes = { ...documented.object_attributes, source: 'push' };

  expect(readGitlabPayload(documented)).toMatchObject({ kind: 'ci-pipeline', isOfRequest: true });
  expect(
    readGitlabPayload({ ...documented, object_attributes: attributes, merge_request: null }),
  ).toMatchObject({ isOfRequest: false, isTag: false, ref: 'master', status: 'success', by: 'root' });
});

test('the end of GitLab’s pipeline is held against status, branch, folder and the mark in the message', () => {
  const decide = (on: string, wish: { branch?: string; status?: GitlabEnd; message?: string } = {}) => {
    const { branch = 'main', status = 'success', message = 'more' } = wish;
    const decision = decideGitlabPipeline(
      pipelineWith(on),
      { branch, message, gitlab: { id: 31, status } },
      true,
    );
    const refusing = decision.filters.flatMap(({ filter, passed }) => (passed ? [] : [filter]));
    return [decision.verdict, ...refusing].join(' ');
  };

  expect(decide('{ gitlab-pipeline: true }')).toBe('run');
  expect(decide('{ gitlab-pipeline: true }', { status: 'failed' })).toBe('skip status');
  expect(decide('{ gitlab-pipeline: true }', { branch: 'topic' })).toBe('skip branches');
  expect(decide('{ gitlab-pipeline: true }', { message: 'x [skip ci]' })).toMatch(/^skip /);
  expect(decide('{ gitlab-pipeline: { status: failed } }', { status: 'failed' })).toBe('run');
  expect(
    decide('{ gitlab-pipeline: { status: [success, failed], branches: [tags/v*] } }', { branch: 'tags/v1' }),
  ).toBe('run');
  expect(decide('{ commit: {} }')).toBe('skip on');
});

test('a status that GitLab does not have is a mistake in the file', () => {
  const mistakes = problemsOf(
    `${head}on: { gitlab-pipeline: { status: passed } }\nsteps:\n  - ${buildStep}\n`,
  );

  expect(JSON.stringify(mistakes)).toContain('success');
});
