import { expect, test } from 'vitest';
import { readGitlabPayload } from '../../src/domain/gitlab-payload.ts';
import { toldHappenings } from '../../src/domain/told-happenings.ts';

const push = {
  ...{ object_kind: 'push', ref: 'refs/heads/main' },
  before: 'a'.repeat(40),
  after: 'b'.repeat(40),
};

test.for([
  [{ ci: { skip: true } }, 'ci.skip'],
  [{ ci: { skip: 'true' } }, 'ci.skip'],
  [{ ci: { skip: false } }, undefined],
  [{ ci: { variable: { SKIP: 1 } } }, undefined],
  [{}, undefined],
  ['ci.skip', undefined],
  [undefined, undefined],
] as const)('a push to GitLab with the options %o has, for pipelines, the option %s', ([options, told]) => {
  const news = readGitlabPayload({ ...push, push_options: options });

  expect(news).toMatchObject({ kind: 'push' });
  expect('pushOption' in news ? news.pushOption : undefined).toBe(told);
});

test('a payload with the option is explained offline as a server would', () => {
  const told = toldHappenings({ ...push, push_options: { ci: { skip: true } } }, null);

  expect(told).toMatchObject([{ happening: { kind: 'commit', branch: 'main', pushOption: 'ci.skip' } }]);
});
