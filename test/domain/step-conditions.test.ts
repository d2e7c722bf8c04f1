import { describe, expect, test } from 'vitest';
import type { ChangedPath } from '../../src/domain/change.ts';
import type { JsonObject } from '../../src/domain/json.ts';
import { nextSteps, type StepStatus } from '../../src/domain/plan.ts';
import {
  type ConditionFacts,
  settleConditions,
  touchedBy,
  touchedByEither,
} from '../../src/domain/step-conditions.ts';
import { asText, pipelineOf, problemsOf } from './read-pipeline.ts';

const head = 'name: cart\nsource: { repository: shop, path: services/cart }\n';
const run = 'run: { image: x, commands: [x] }';

function stepWith(when: string) {
  return pipelineOf(`${head}steps:\n  - { id: one, when: ${when}, ${run} }\n`);
}

const facts: ConditionFacts = { branch: 'trunk', trigger: 'commit', touched: {}, parameters: {} };

/** Why the only step is skipped, or null. */
function skipOf(when: string, given: Partial<ConditionFacts> = {}): string | null {
  return settleConditions(stepWith(when), { ...facts, ...given }).steps[0]?.skip ?? null;
}

function modified(path: string): ChangedPath {
  return { path, action: 'modified', kind: 'file' };
}

describe('a condition of a step', () => {
  test('asks for the branch, in the language of the filters', () => {
    const branches = "{ branches: ['branches/*', '!branches/old-*'] }";

    expect(skipOf(branches)).toBe('not on this branch: only on branches/*, !branches/old-*');
    expect(skipOf(branches, { branch: 'branches/new' })).toBeNull();
    expect(skipOf(branches, { branch: 'branches/old-1' })).not.toBeNull();
  });

  test('asks for what started the run', () => {
    expect(skipOf('{ trigger: [schedule, api] }')).toBe('not for runs by commit: only by schedule, api');
    expect(skipOf('{ trigger: [schedule, api] }', { trigger: 'api' })).toBeNull();
  });

  test('asks what the commits of the run changed, below the path of the pipeline', () => {
    const paths = "{ paths: ['docs/**'] }";
    const touched = (...changed: string[]) => touchedBy(stepWith(paths), changed.map(modified));

    expect(skipOf(paths, { touched: touched('services/cart/docs/a.md', 'x') })).toBeNull();
    expect(skipOf(paths, { touched: touched('docs/a.md', 'services/cart/a.md') })).toBe(
      'nothing has changed that it is for: docs/**',
    );
    expect(
      skipOf(paths, { touched: touchedByEither(touched('services/cart/docs/a.md'), touched('x')) }),
    ).toBeNull();
  });

  test('holds for paths where nobody knows what changed', () => {
    const cut = touchedBy(stepWith("{ paths: ['docs/**'] }"), [modified('x')], false);

    expect(skipOf("{ paths: ['docs/**'] }", { trigger: 'schedule' })).toBeNull();
    expect(skipOf("{ paths: ['docs/**'] }", { touched: cut })).toBeNull();
    expect(touchedByEither(cut, { 'docs/**': false })).toEqual({});
  });

  test('asks for values of parameters', () => {
    const when = "{ parameters: { size: [small, large], 'dry-run': false } }";
    const declared = 'parameters: { size: { default: small }, dry-run: { type: boolean, default: false } }';
    const pipeline = pipelineOf(`${head}${declared}\nsteps:\n  - { id: one, when: ${when}, ${run} }\n`);
    const skip = (parameters: JsonObject) =>
      settleConditions(pipeline, { ...facts, parameters }).steps[0]?.skip ?? null;

    expect(skip({ size: 'large', 'dry-run': false })).toBeNull();
    expect(skip({ size: 'huge', 'dry-run': false })).toBe('the parameter size is huge, not small or large');
    expect(skip({ size: 'small', 'dry-run': true })).toBe('the parameter dry-run is true, not false');
  });

  test('holds when each of its parts does', () => {
    const both = '{ branches: [trunk], trigger: [schedule] }';

    expect(skipOf(both, { trigger: 'schedule' })).toBeNull();
    expect(skipOf(both)).not.toBeNull();
    expect(skipOf(both, { trigger: 'schedule', branch: 'b' })).not.toBeNull();
  });

  test('of the whole pipeline is one of each step, beside its own', () => {
    const pipeline = pipelineOf(
      `${head}when: { branches: [trunk], paths: ['src/**'] }\nsteps:\n  - { id: one, when: { trigger: [schedule] }, ${run} }\n  - { id: two, ${run} }\n`,
    );
    const skips = (given: Partial<ConditionFacts>) =>
      settleConditions(pipeline, { ...facts, ...given }).steps.map(({ skip }) => skip);

    expect(skips({ branch: 'b' })).toEqual(Array(2).fill('not on this branch: only on trunk'));
    expect(skips({})).toEqual(['not for runs by commit: only by schedule', undefined]);
    expect(skips({ touched: touchedBy(pipeline, [modified('services/cart/x')]) })).toEqual(
      Array(2).fill('nothing has changed that it is for: src/**'),
    );
  });

  test('is known key by key, and asks something', () => {
    const problemsWith = (when: string) =>
      problemsOf(`${head}steps:\n  - { id: one, when: ${when}, ${run} }\n`).map(asText);

    expect(problemsWith('{ branch: [trunk] }')).toContain(
      "4:24 unknown key 'branch' (did you mean 'branches'?)",
    );
    expect(problemsWith('{}')).toEqual(['4:22 a condition that asks nothing']);
    expect(problemsWith("{ paths: ['!a'] }").join()).toContain('a list that only excludes matches nothing');
  });
});

describe('a step whose condition does not hold', () => {
  const skipping = (...steps: string[]) =>
    settleConditions(pipelineOf(`${head}steps:\n${steps.map((step) => `  - ${step}\n`).join('')}`), facts)
      .steps;
  const ended: StepStatus = { state: 'ended', outcome: 'succeeded' };
  const skipped: StepStatus = { state: 'ended', outcome: 'skipped' };
  const nightly = 'when: { trigger: [schedule] }';

  test('waits for its turn, and the steps that need it run as if it were not there', () => {
    const steps = skipping(`{ id: a, ${run} }`, `{ id: b, ${nightly}, ${run} }`, `{ id: c, ${run} }`);
    const running = new Map<string, StepStatus>([['a', { state: 'running', outcome: null }]]);

    expect(nextSteps(steps, running)).toEqual({ start: [], skip: [] });
    expect(nextSteps(steps, new Map([['a', ended]])).skip).toEqual([
      { stepId: 'b', reason: 'not for runs by commit: only by schedule' },
    ]);
    expect(
      nextSteps(
        steps,
        new Map([
          ['a', ended],
          ['b', skipped],
        ]),
      ).start,
    ).toEqual(['c']);
    expect(
      nextSteps(
        steps,
        new Map([
          ['a', { state: 'ended', outcome: 'failed' } as const],
          ['b', skipped],
        ]),
      ).start,
    ).toEqual([]);
  });

  test('takes the steps with it that would use its image', () => {
    const steps = skipping(
      `{ id: image, ${nightly}, build: { image: shop/cart } }`,
      '{ id: push, push: { image } }',
      '{ id: out, deploy: { environment: e, manifests: x.yaml } }',
      '{ id: other, deploy: { environment: e, workload: deployment/a, images: { app: image } } }',
      `{ id: tell, ${run} }`,
    );
    const at = (...gone: string[]) => nextSteps(steps, new Map(gone.map((id) => [id, skipped])));

    expect(at('image').skip).toEqual([{ stepId: 'push', reason: 'step image has left no image' }]);
    expect(at('image', 'push').skip).toEqual([{ stepId: 'out', reason: 'step push has left no image' }]);
    expect(at('image', 'push', 'out').skip).toEqual([
      { stepId: 'other', reason: 'step image has left no image' },
    ]);
    expect(at('image', 'push', 'out', 'other').start).toEqual(['tell']);
  });
});
