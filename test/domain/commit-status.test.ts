import { expect, test } from 'vitest';
import { type CommitStatus, statusPost, statusVerdict } from '../../src/domain/commit-status.ts';

const status: CommitStatus = {
  ...{ pipeline: 'cart', number: 12, branch: 'main', revision: 'a'.repeat(40), standing: 'running' },
  page: 'https://ci.example.com/runs/1',
};

test('GitLab is told with the ref, the others without; each in its own words and at its own place', () => {
  const common = { target_url: status.page, description: '#12 running', context: 'trunkline/cart' };

  expect(statusPost('gitlab', 'shop/web', status)).toEqual({
    path: `/projects/shop%2Fweb/statuses/${status.revision}`,
    body: { ...common, state: 'running', ref: 'main' },
  });
  for (const forge of ['github', 'gitea'] as const) {
    expect(statusPost(forge, 'shop/a b', status)).toEqual({
      path: `/repos/shop/a%20b/statuses/${status.revision}`,
      body: { ...common, state: 'pending' },
    });
  }
});

test.each([
  ['tags/v1', 'v1'],
  ['heads/tags/v1', 'tags/v1'],
  ['merge-requests/7', 'refs/merge-requests/7/head'],
  ['feature/a', 'feature/a'],
])('the branch %s is the ref %s of GitLab', (branch, ref) => {
  expect(statusPost('gitlab', 'shop/web', { ...status, branch }).body.ref).toBe(ref);
});

test('a URL that is too long is left out, a description is cut', () => {
  const { body } = statusPost('gitlab', 'shop/web', { ...status, page: `https://ci/${'x'.repeat(250)}` });

  expect(body).not.toHaveProperty('target_url');
  expect(statusPost('github', 'shop/web', { ...status, page: null }).body).not.toHaveProperty('target_url');
});

test.for([
  [{ code: 201, body: '{}' }, { kind: 'told' }],
  [
    { code: 400, body: '{"message":"Cannot transition status via :run from :running (Reason(s): ...)"}' },
    { kind: 'told' },
  ],
  [{ code: 400, body: '{"message":"name is taken"}' }, { kind: 'refused' }],
  [
    { code: 401, body: '' },
    { kind: 'refused', why: '401' },
  ],
  [{ code: 302, body: '' }, { kind: 'refused' }],
  [{ code: 404, body: '' }, { kind: 'refused' }],
  [
    { code: 409, body: '' },
    { kind: 'again', afterMs: null },
  ],
  [
    { code: 429, body: '', retryAfter: '7' },
    { kind: 'again', afterMs: 7_000 },
  ],
  [
    { code: 429, body: '', retryAfter: 'Sat, 28 Nov 2026' },
    { kind: 'again', afterMs: null },
  ],
  [
    { code: 403, body: '{"message":"You have exceeded a secondary rate limit"}' },
    { kind: 'again', afterMs: null },
  ],
  [
    { code: 403, body: '', retryAfter: '60' },
    { kind: 'again', afterMs: 60_000 },
  ],
  [{ code: 403, body: 'insufficient_scope' }, { kind: 'refused' }],
  [
    { code: 503, body: 'a page\n  of it' },
    { kind: 'again', why: '503 a page of it' },
  ],
] as const)('the answer %o means %o', ([answer, verdict]) => {
  expect(statusVerdict({ retryAfter: undefined, ...answer })).toMatchObject(verdict);
});
