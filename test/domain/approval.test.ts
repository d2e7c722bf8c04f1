import { describe, expect, test } from 'vitest';
import {
  type ApprovalOutput,
  type ApprovalRule,
  approvalRefusal,
  type DeployWish,
  missingApproval,
} from '../../src/domain/approval.ts';
import type { DeployStep } from '../../src/domain/pipeline.ts';
import { parsePipeline } from '../../src/domain/pipeline-file.ts';
import { head, pipelineOf, problemsOf } from './read-pipeline.ts';

const rule: ApprovalRule = { by: ['release'], count: 1, notAuthor: true };

describe('an environment that needs an approval', () => {
  test.each([
    ['[build, push, approve, deploy]', 'by: [release]', null],
    ['[build, push, approve, deploy]', 'by: [release], count: 2', null],
    ['[build, push, deploy]', 'by: [release]', 'no approve step'],
    ['[build, push, deploy, approve]', 'by: [release]', 'no approve step'],
    ['[build, push, approve, deploy]', 'by: [release, qa]', "'signoff' before 'deploy' also takes one by qa"],
    ['[build, push, approve, deploy]', 'by: [qa]', 'also takes one by qa'],
    ['[build, push, approve, deploy]', 'by: [release], not-author: false', 'takes that of an author'],
    ['[build, approve, push, deploy]', 'by: [release]', 'does not wait for every push'],
  ])('finds in steps %s with { %s }: %s', (order, approve, expected) => {
    const missing = missingApproval(...stepsOf(order, approve), rule);

    if (expected === null) expect(missing).toBeNull();
    else expect(missing).toContain(expected);
  });

  test('with a higher count takes no lower one', () => {
    const steps = stepsOf('[build, push, approve, deploy]', 'by: [release]');

    expect(missingApproval(...steps, { ...rule, count: 2 })).toContain('2 approvals by release');
  });
});

describe('a deploy step', () => {
  test('is let through with exactly what was approved', () => {
    expect(approvalRefusal(wish())).toBeNull();
    expect(approvalRefusal(wish({ rule: null, approvals: [] }))).toBeNull();
  });

  test.each<[string, Partial<DeployWish>, string]>([
    ['without an approval', { approvals: [] }, 'put an approve step before this one'],
    ['with another digest', { images: ['r/cart@sha256:2'] }, 'is not what was approved'],
    [
      'with another digest, although none is needed',
      { images: ['r/cart@sha256:2'], rule: null },
      'is not what was',
    ],
    [
      'with an image more',
      { images: ['r/cart@sha256:1', 'r/web@sha256:3'] },
      'was pushed after the approval',
    ],
    ['with other manifests', { manifests: 'm2' }, 'not those that were approved'],
    ['with manifests that nobody saw', { step: 'other' }, 'were not part of'],
    ['approved by its author', { makers: makers({ author: 'Rita' }) }, 'do not make that up'],
    [
      'approved by whoever asked for the run that it comes of',
      { makers: makers({ told: { requesters: ['Rita'] } }) },
      'do not make that up',
    ],
    ['approved with another role', { rule: { ...rule, by: ['owner'] } }, 'do not make that up'],
    ['approved by too few', { rule: { ...rule, count: 2 } }, 'do not make that up'],
  ])('is refused %s', (_title, change, reason) => {
    expect(approvalRefusal(wish(change))).toContain(reason);
  });
});

function wish(change: Partial<DeployWish> = {}): DeployWish {
  const approval: ApprovalOutput = {
    images: { push: 'r/cart@sha256:1' },
    manifests: { deploy: 'm1' },
    approvals: [{ by: 'rita', roles: ['release'], comment: null, at: '2026-01-01T00:00:00.000Z' }],
  };
  return {
    step: 'deploy',
    environment: 'production',
    rule,
    approvals: [approval],
    makers: makers({}),
    images: ['r/cart@sha256:1'],
    manifests: 'm1',
    ...change,
  };
}

function makers(change: Partial<DeployWish['makers']>): DeployWish['makers'] {
  return { author: 'alice', requestedBy: 'alice', told: {}, ...change };
}

function stepsOf(order: string, approve: string) {
  const kinds: Record<string, string> = {
    build: '{ id: image, build: { context: ., image: shop/cart } }',
    push: '{ id: push, push: { image: image } }',
    approve: `{ id: signoff, approve: { ${approve} } }`,
    deploy: '{ id: deploy, deploy: { environment: production, manifests: a.yaml } }',
  };
  const steps = order
    .slice(1, -1)
    .split(', ')
    .map((kind) => `  - ${kinds[kind]}`);
  const parsed = parsePipeline(
    `name: cart\nsource: { repository: shop }\nsteps:\n${steps.join('\n')}\n`,
    'cart.yaml',
  );
  if ('problems' in parsed) throw new Error(JSON.stringify(parsed.problems));
  const deploy = parsed.pipeline.steps.find(({ kind }) => kind === 'deploy') as DeployStep;
  return [parsed.pipeline.steps, deploy] as const;
}

test('an approval says by either name until when it waits, and a day where it says nothing', () => {
  const waitOf = (keys: string) =>
    pipelineOf(`${head}steps:\n  - { id: sign-off, approve: { by: [release]${keys} } }\n`).steps;
  const both = problemsOf(
    `${head}steps:\n  - { id: sign-off, approve: { by: [release], expires: 1h, timeout: 2h } }\n`,
  );

  expect(waitOf(', expires: 2h')).toMatchObject([{ timeoutMs: 7_200_000 }]);
  expect(waitOf(', timeout: 2h')).toMatchObject([{ timeoutMs: 7_200_000 }]);
  expect(waitOf('')).toMatchObject([{ timeoutMs: 86_400_000 }]);
  expect(both).toMatchObject([{ message: "'expires' and 'timeout' mean the same" }]);
});
