import { describe, expect, test } from 'vitest';
import type { StepOutcome } from '../../src/domain/outcome.ts';
import type { StepDefinition } from '../../src/domain/pipeline.ts';
import { nextAfterCancel, nextSteps, runOutcome, type StepStatus } from '../../src/domain/plan.ts';
import { stepsToKeep } from '../../src/domain/plan-again.ts';
import { build, deploy, push, run } from './plan-steps.ts';
import { head, pipelineOf, problemsOfSteps } from './read-pipeline.ts';

function always(id: string, needs: string[], from: string | null = null): StepDefinition {
  return { ...run(id, from, needs), runWhen: 'always' };
}

function onFailure(id: string, needs: string[]): StepDefinition {
  return { ...run(id, null, needs), runWhen: 'on-failure' };
}

function ended(ends: Record<string, StepOutcome>): Map<string, StepStatus> {
  return new Map(Object.entries(ends).map(([id, outcome]) => [id, { state: 'ended', outcome }]));
}

/** Lets a run go to its end, each step with the outcome given for it, else succeeded: what began, in order. */
function play(steps: StepDefinition[], outcomes: Record<string, StepOutcome>) {
  const known = new Map<string, StepStatus>();
  const began: string[] = [];
  for (let next = nextSteps(steps, known); next.start.length + next.skip.length > 0; ) {
    for (const { stepId } of next.skip) known.set(stepId, { state: 'ended', outcome: 'skipped' });
    for (const id of next.start) known.set(id, { state: 'ended', outcome: outcomes[id] ?? 'succeeded' });
    began.push(...next.start);
    next = nextSteps(steps, known);
  }
  return { began, outcome: runOutcome(steps, known) };
}

describe('a step that runs always', () => {
  const steps = [
    run('setup', null, []),
    run('test', null, ['setup']),
    always('report', ['test']),
    deploy('out', ['report']),
  ];

  test('begins after a failure, which what comes after it still feels', () => {
    expect(play(steps, { test: 'failed' })).toEqual({
      began: ['setup', 'test', 'report'],
      outcome: 'failed',
    });
    expect(play(steps, { setup: 'errored' })).toEqual({ began: ['setup', 'report'], outcome: 'errored' });
    expect(play(steps, {}).began).toEqual(['setup', 'test', 'report', 'out']);
  });

  test('waits for all that it needs, however long something else has failed', () => {
    const side = [run('fast', null, []), run('slow', null, []), always('report', ['fast', 'slow'])];
    const known = new Map(ended({ fast: 'failed' })).set('slow', { state: 'running', outcome: null });

    expect(nextSteps(side, known)).toEqual({ start: [], skip: [] });
  });

  test('is skipped when the image that it runs in was never built', () => {
    const inImage = [build('image'), always('report', ['image'], 'image')];

    expect(nextSteps(inImage, ended({ image: 'failed' })).skip).toEqual([
      { stepId: 'report', reason: 'step image has left no image' },
    ]);
  });

  test('fails the run when it fails', () => {
    expect(play(steps, { report: 'failed' })).toMatchObject({ outcome: 'failed' });
  });

  test('is all that still begins in a cancelled run, besides what must be ended in good order', () => {
    const cancel = { reason: 'cancelled by bob', interrupted: new Set<string>() };
    const known = ended({ setup: 'succeeded', test: 'cancelled' });
    const dropped = nextAfterCancel(steps, ended({ setup: 'cancelled' }), cancel);

    expect(nextAfterCancel(steps, known, cancel)).toEqual({
      start: ['report'],
      skip: [{ stepId: 'out', reason: 'cancelled by bob' }],
    });
    expect(dropped.skip.map(({ stepId }) => stepId)).toEqual(['test', 'out']);
    expect(
      nextAfterCancel(steps, ended({ setup: 'succeeded' }), { ...cancel, interrupted: new Set(['test']) }),
    ).toMatchObject({ start: ['test'] });
  });

  test('is done again by a retry when something before it had failed, else kept', () => {
    expect(stepsToKeep(steps, ended({ setup: 'succeeded', test: 'failed', report: 'succeeded' }))).toEqual([
      'setup',
    ]);
    expect(
      stepsToKeep(
        steps,
        ended({ setup: 'succeeded', test: 'succeeded', report: 'succeeded', out: 'failed' }),
      ),
    ).toEqual(['setup', 'test', 'report']);
  });
});

describe('a step that runs on cancel', () => {
  const onCancel = (id: string, needs: string[]): StepDefinition => ({
    ...run(id, null, needs),
    runWhen: 'on-cancel',
  });
  const steps = [
    run('setup', null, []),
    run('test', null, ['setup']),
    onCancel('tidy', ['test']),
    deploy('out', ['tidy']),
  ];
  const cancel = { reason: 'cancelled by bob', interrupted: new Set<string>() };

  test('is skipped whether all went well or not, which stops nothing', () => {
    expect(play(steps, {})).toEqual({ began: ['setup', 'test', 'out'], outcome: 'succeeded' });
    expect(play(steps, { test: 'failed' })).toEqual({ began: ['setup', 'test'], outcome: 'failed' });
    expect(nextSteps(steps, ended({ setup: 'succeeded', test: 'failed' })).skip[0]).toEqual({
      stepId: 'tidy',
      reason: 'the run was not cancelled',
    });
  });

  test('begins in a cancelled run when the steps before it have ended, also where they never began', () => {
    const working = new Map(ended({ setup: 'succeeded' })).set('test', { state: 'running', outcome: null });

    expect(nextAfterCancel(steps, working, cancel).start).toEqual([]);
    expect(nextAfterCancel(steps, ended({ setup: 'succeeded', test: 'cancelled' }), cancel)).toEqual({
      start: ['tidy'],
      skip: [{ stepId: 'out', reason: 'cancelled by bob' }],
    });
    expect(nextAfterCancel(steps, ended({ setup: 'cancelled', test: 'skipped' }), cancel).start).toEqual([
      'tidy',
    ]);
  });

  test('is not kept by a retry of the run', () => {
    const known = ended({ setup: 'succeeded', test: 'cancelled', tidy: 'succeeded', out: 'skipped' });

    expect(runOutcome(steps, known)).toBe('cancelled');
    expect(stepsToKeep(steps, known)).toEqual(['setup']);
  });

  test('is not kept either when the cancel found nothing at work, as in a run that waited for people; nor is one that runs always', () => {
    const both = [...steps, always('report', ['out'])];
    const known = ended({
      setup: 'succeeded',
      test: 'skipped',
      tidy: 'succeeded',
      out: 'skipped',
      report: 'succeeded',
    });

    expect(stepsToKeep(both, known)).toEqual(['setup']);
  });
});

describe('a step that runs on failure', () => {
  const steps = [
    run('test', null, []),
    run('lint', null, ['test']),
    onFailure('tell', ['lint']),
    deploy('out', ['tell']),
  ];

  test('begins when a step before it failed, directly or not', () => {
    expect(play(steps, { test: 'timed-out' })).toEqual({ began: ['test', 'tell'], outcome: 'timed-out' });
    expect(play(steps, { lint: 'failed' }).began).toEqual(['test', 'lint', 'tell']);
  });

  test('is skipped when all went well, which stops nothing', () => {
    expect(play(steps, {})).toEqual({ began: ['test', 'lint', 'out'], outcome: 'succeeded' });
    expect(nextSteps(steps, ended({ test: 'succeeded', lint: 'succeeded' })).skip).toEqual([
      { stepId: 'tell', reason: 'no step before it has failed' },
    ]);
  });

  test('does not begin for a failure elsewhere, nor for one that is allowed', () => {
    const elsewhere = [run('test', null, []), run('other', null, []), onFailure('tell', ['test'])];
    const allowed = [{ ...run('test', null, []), allowFailure: true as const }, onFailure('tell', ['test'])];

    expect(play(elsewhere, { other: 'failed' }).began).toEqual(['test', 'other']);
    expect(play(allowed, { test: 'failed' })).toEqual({ began: ['test'], outcome: 'succeeded' });
  });
});

describe('a step that is allowed to fail', () => {
  const steps: StepDefinition[] = [
    build('image'),
    { ...run('lint', 'image', ['image']), allowFailure: true },
    push('push', 'image', ['lint']),
  ];

  test.each(['failed', 'timed-out', 'errored'] as const)('does not stop the run when it %s', (outcome) => {
    expect(play(steps, { lint: outcome })).toEqual({
      began: ['image', 'lint', 'push'],
      outcome: 'succeeded',
    });
  });

  test('does not hide the failure of another', () => {
    expect(play(steps, { lint: 'failed', push: 'errored' }).outcome).toBe('errored');
  });
});

describe('in the file', () => {
  const commands = 'commands: [x]';

  test('run-when and allow-failure are of run steps; a deploy may be allowed to fail', () => {
    const text = `${head}steps:\n  - { id: a, run-when: always, run: { image: x, ${commands} } }\n  - { id: b, allow-failure: true, run: { image: x, ${commands} } }\n`;

    expect(pipelineOf(text).steps).toMatchObject([{ runWhen: 'always' }, { allowFailure: true }]);
    expect(pipelineOf(text).steps[1]).not.toHaveProperty('runWhen');
  });

  test('what is built, pushed and deployed cannot run after a failure', () => {
    expect(
      problemsOfSteps(
        '{ id: image, allow-failure: true, build: { image: shop/cart } }',
        '{ id: push, run-when: always, push: { image } }',
        '{ id: out, allow-failure: true, deploy: { environment: e, manifests: x.yaml } }',
      ),
    ).toEqual([
      "4:18 step 'image' is build and cannot have allow-failure (later steps use what it makes; run and deploy steps may fail)",
      "5:17 step 'push' is push and cannot have run-when: always (only run steps run after a failure or a cancel, and deploy steps with 'undo')",
    ]);
  });
});
