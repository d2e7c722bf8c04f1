import { expect, test } from 'vitest';
import { type SecretAccess, secretRefusal } from '../../src/domain/secret-access.ts';

function refusal(access: Partial<SecretAccess>, told: { target?: string } = {}) {
  const secrets = { token: { pipelines: ['cart'], branches: null, mergeRequests: false, ...access } };
  const { target } = told;
  const request = target === undefined ? {} : { request: { number: 7, source: 'fix', target } };
  return secretRefusal(secrets, { name: 'token', run: { pipeline: 'cart', branch: 'fix', told: request } });
}

test('a run gets a secret whose entry names its pipeline, or all of them', () => {
  expect(refusal({})).toBeNull();
  expect(refusal({ pipelines: null })).toBeNull();
  expect(refusal({ pipelines: ['web'] })).toBe(
    "pipeline 'cart' may not use the secret 'token': add it to 'pipelines' of this secret in trunkline.yaml",
  );
});

test('where the entry names branches, runs of others do not get it', () => {
  expect(refusal({ branches: ['fix'] })).toBeNull();
  expect(refusal({ branches: ['main', 'release-*'] })).toContain("runs of fix do not get the secret 'token'");
});

test('a run of a merge request gets none, unless the entry says so; then the branch that it goes to counts', () => {
  expect(refusal({}, { target: 'main' })).toContain('runs of merge requests do not get the secret');
  expect(refusal({ mergeRequests: true, branches: ['main'] }, { target: 'main' })).toBeNull();
  expect(refusal({ mergeRequests: true, branches: ['main'] }, { target: 'next' })).toContain('runs of next');
});

test('a run of a fork gets none, whatever its entry says', () => {
  const secrets = { token: { pipelines: null, branches: null, mergeRequests: true } };
  const told = { request: { number: 7, source: 'fix', target: 'main', isFork: true } } as const;

  const refused = secretRefusal(secrets, {
    name: 'token',
    run: { pipeline: 'cart', branch: 'pull/7', told },
  });

  expect(refused).toContain("runs of forks do not get the secret 'token'");
});
