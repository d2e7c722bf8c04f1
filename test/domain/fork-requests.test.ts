import { expect, test } from 'vitest';
import { readGithubPayload } from '../../src/domain/github-payload.ts';
import { readGitlabPayload } from '../../src/domain/gitlab-payload.ts';

const id = 'a'.repeat(40);

test.for([
  [{ source_project_id: 1, target_project_id: 1 }, false],
  [{ source_project_id: 2, target_project_id: 1 }, true],
  [{}, true],
] as const)('a merge request of GitLab with %o is of a fork: %s', ([projects, isFork]) => {
  const object_attributes = { iid: 7, action: 'open', last_commit: { id }, ...projects };

  expect(readGitlabPayload({ object_kind: 'merge_request', object_attributes })).toMatchObject({ isFork });
});

test('a request without a branch of its own, as Gitea takes it from anybody who may read, is as one of a fork', () => {
  const repo = { full_name: 'shop/web' };
  const pull_request = {
    head: { sha: id, ref: 'refs/pull/7/head', repo },
    base: { sha: id, ref: 'main', repo },
  };

  expect(readGithubPayload('pull_request', { action: 'opened', number: 7, pull_request })).toMatchObject({
    ...{ isFork: true, ref: 'refs/pull/7/head' },
  });
});

test.for([
  [{ full_name: 'shop/web' }, { full_name: 'shop/web' }, false],
  [{ full_name: 'ann/web' }, { full_name: 'shop/web' }, true],
  [null, { full_name: 'shop/web' }, true],
  [{}, {}, true],
] as const)('a pull request of %o into %o is of a fork: %s', ([from, into, isFork]) => {
  const pull_request = {
    head: { sha: id, ref: 'topic', repo: from },
    base: { sha: id, ref: 'main', repo: into },
  };

  expect(readGithubPayload('pull_request', { action: 'opened', number: 7, pull_request })).toMatchObject({
    isFork,
  });
});

test.for([0, -1, 1.5, 2 ** 60, '7', null])('a request whose number is %s is none', (number) => {
  const sha = { sha: id, ref: 'topic' };
  const hub = { action: 'opened', number, pull_request: { head: sha, base: sha } };
  const lab = {
    object_kind: 'merge_request',
    object_attributes: { iid: number, action: 'open', last_commit: { id } },
  };

  const ignored = { kind: 'ignored', why: expect.stringContaining('has no number') };
  expect([readGithubPayload('pull_request', hub), readGitlabPayload(lab)]).toEqual([ignored, ignored]);
});
