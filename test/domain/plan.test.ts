import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { StepOutcome } from '../../src/domain/outcome.ts';
import type { StepDefinition } from '../../src/domain/pipeline.ts';
import { nextSteps, runOutcome, type StepStatus } from '../../src/domain/plan.ts';
import { stepsToRedo } from '../../src/domain/plan-again.ts';
import { ancestorsOf } from '../../src/domain/step-graph.ts';
import { build, deploy, push, run } from './plan-steps.ts';

const pending: StepStatus = { state: 'pending', outcome: null };
const running: StepStatus = { state: 'running', outcome: null };
function ended(outcome: StepOutcome = 'succeeded'): StepStatus {
  return { state: 'ended', outcome };
}

function statuses(known: Record<string, StepStatus>): Map<string, StepStatus> {
  return new Map(Object.entries(known));
}

describe('the next steps', () => {
  const steps = [
    build('image'),
    run('test', 'image', ['image']),
    push('push', 'image', ['test']),
    run('lint', null, []),
  ];

  test('are those whose needs have succeeded', () => {
    expect(nextSteps(steps, statuses({}))).toEqual({ start: ['image', 'lint'], skip: [] });
    expect(nextSteps(steps, statuses({ image: ended(), lint: running }))).toEqual({
      start: ['test'],
      skip: [],
    });
  });

  test('skip a whole chain behind a step that did not succeed', () => {
    const next = nextSteps(steps, statuses({ image: ended('failed'), lint: running }));

    expect(next.start).toEqual([]);
    expect(next.skip.map(({ stepId }) => stepId)).toEqual(['test', 'push']);
  });

  test('are none while a needed step still runs', () => {
    expect(nextSteps(steps, statuses({ image: running, lint: ended() }))).toEqual({ start: [], skip: [] });
  });
});

describe("a run's outcome", () => {
  test.each<[StepStatus[], ReturnType<typeof runOutcome>]>([
    [[ended(), ended()], 'succeeded'],
    [[ended(), running], null],
    [[ended(), pending], null],
    [[ended('failed'), ended('skipped')], 'failed'],
    [[ended('errored'), ended('failed')], 'failed'],
    [[ended('failed'), ended('cancelled')], 'cancelled'],
    [[ended('errored'), ended('skipped'), ended()], 'errored'],
    [[ended('timed-out'), ended()], 'timed-out'],
  ])('of %j is %s', (ends, outcome) => {
    const steps = ends.map((_, index) => run(`s${index}`, null, []));
    const known = new Map(ends.map((end, index) => [`s${index}`, end]));

    expect(runOutcome(steps, known)).toBe(outcome);
  });
});

describe('after a take-over by a worker with another engine', () => {
  const steps = [
    build('image'),
    run('test', 'image', ['image']),
    run('lint', null, ['image']),
    push('push', 'image', ['test', 'lint']),
    deploy('out', ['push']),
  ];
  const nowhere = () => false;

  test('a lost image that is still to be pushed is built again, with what was tested on it', () => {
    const known = statuses({ image: ended(), test: ended(), lint: ended(), push: running });

    expect(stepsToRedo({ steps }, known, nowhere)).toEqual(['image', 'test', 'push']);
  });

  test('a lost image is of no interest once it is pushed', () => {
    const known = statuses({ image: ended(), test: ended(), lint: ended(), push: ended(), out: running });

    expect(stepsToRedo({ steps }, known, nowhere)).toEqual([]);
  });

  test('a pushed image that an unfinished step wants is not built again when the registry has it', () => {
    const wanting = [build('image'), push('push', 'image', ['image']), run('smoke', 'image', ['push'])];
    const known = statuses({ image: ended(), push: ended(), smoke: running });

    expect(stepsToRedo({ steps: wanting }, known, () => true)).toEqual([]);
    expect(stepsToRedo({ steps: wanting }, known, nowhere)).toEqual(['image', 'smoke']);
  });

  test('an image that the engine still has is not built again', () => {
    const known = statuses({ image: ended(), test: ended(), lint: ended(), push: running });

    expect(stepsToRedo({ steps }, known, (id) => id === 'image')).toEqual([]);
  });

  test('a build is not repeated for steps that will be skipped anyway', () => {
    const known = statuses({ image: ended(), test: ended('failed'), lint: ended() });

    expect(stepsToRedo({ steps }, known, nowhere)).toEqual([]);
  });

  test('a failed test stays failed when another branch of the plan needs the image again', () => {
    const forked = [build('image'), run('test', 'image', ['image']), push('push', 'image', ['image'])];
    const known = statuses({ image: ended(), test: ended('failed'), push: running });

    expect(stepsToRedo({ steps: forked }, known, nowhere)).toEqual(['image', 'push']);
  });

  test('the availability is only asked where it matters', () => {
    const asked: string[] = [];
    const known = statuses({ image: ended(), test: ended(), lint: ended(), push: ended() });

    stepsToRedo({ steps }, known, (id) => asked.push(id) > 0);

    expect(asked).toEqual([]);
  });
});

/** Plans without cycles: every step needs only earlier ones, and uses only images of steps that it waits for. */
const plans = fc
  .array(
    fc.record({
      kind: fc.constantFrom('build', 'push', 'run', 'deploy'),
      picks: fc.array(fc.nat(), { maxLength: 3 }),
    }),
    { minLength: 1, maxLength: 9 },
  )
  .map((wishes) => {
    const steps: StepDefinition[] = [];
    for (const [index, { kind, picks }] of wishes.entries()) {
      const needs = [...new Set(picks.filter(() => index > 0).map((pick) => `s${pick % index}`))];
      const before = new Set([...needs, ...needs.flatMap((id) => [...ancestorsOf(steps, id)])]);
      const image = steps.find((step) => step.kind === 'build' && before.has(step.id))?.id;
      if (kind === 'build') steps.push(build(`s${index}`, needs));
      else if (kind === 'push' && image !== undefined) steps.push(push(`s${index}`, image, needs));
      else if (kind === 'deploy') steps.push(deploy(`s${index}`, needs));
      else steps.push(run(`s${index}`, image ?? null, needs));
    }
    return steps;
  });

const endings = fc.constantFrom<StepOutcome>(
  'succeeded',
  'succeeded',
  'succeeded',
  'failed',
  'errored',
  'cancelled',
);

/** Lets a run go on until nothing happens any more; `stopAfter` ends it early, as a crash does. */
function advance(
  steps: StepDefinition[],
  known: Map<string, StepStatus>,
  how: { outcomes: StepOutcome[]; stopAfter: number },
) {
  for (let done = 0; done < how.stopAfter; ) {
    const { start, skip } = nextSteps(steps, known);
    if (start.length === 0 && skip.length === 0) return;
    for (const { stepId } of skip) known.set(stepId, ended('skipped'));
    for (const id of start)
      known.set(id, done < how.stopAfter ? ended(how.outcomes[done++] ?? 'succeeded') : running);
  }
}

const crashes = fc.record({
  steps: plans,
  outcomes: fc.array(endings, { maxLength: 9 }),
  stopAfter: fc.nat(9),
  lost: fc.func(fc.boolean()),
});

describe('for every plan', () => {
  test('a run always ends, and every step has begun only after what it needs', () => {
    fc.assert(
      fc.property(plans, fc.array(endings, { maxLength: 9 }), (steps, outcomes) => {
        const known = new Map<string, StepStatus>();

        advance(steps, known, { outcomes, stopAfter: 1000 });

        expect(runOutcome(steps, known)).not.toBeNull();
        for (const step of steps.filter(({ id }) => known.get(id)?.outcome !== 'skipped'))
          expect(step.needs.every((id) => known.get(id)?.outcome === 'succeeded')).toBe(true);
      }),
    );
  });

  test('redoing never repeats a completed push or deploy, and leaves nobody with a lost image', () => {
    fc.assert(
      fc.property(crashes, ({ steps, outcomes, stopAfter, lost }) => {
        const known = new Map<string, StepStatus>();
        advance(steps, known, { outcomes, stopAfter });

        const redo = new Set(stepsToRedo({ steps }, known, (id) => !lost(id)));

        const again = steps.filter((step) => redo.has(step.id));
        const hasEnded = (step: StepDefinition) => known.get(step.id)?.state === 'ended';
        expect(
          again.filter((step) => step.kind === 'deploy' || (step.kind === 'push' && hasEnded(step))),
        ).toEqual([]);
        for (const step of steps.filter(
          (one) => one.kind === 'run' && known.get(one.id)?.outcome === 'succeeded',
        ))
          expect(redo.has(step.id)).toBe(
            step.kind === 'run' && 'step' in step.from && redo.has(step.from.step),
          );
      }),
    );
  });

  test('a run that was taken over ends like one that was not', () => {
    fc.assert(
      fc.property(crashes, ({ steps, outcomes, stopAfter, lost }) => {
        const known = new Map<string, StepStatus>();
        advance(steps, known, { outcomes: outcomes.map(() => 'succeeded'), stopAfter });

        for (const id of stepsToRedo({ steps }, known, (build) => !lost(build))) known.set(id, pending);
        for (const [id, status] of known) if (status.state === 'running') known.set(id, pending);
        advance(steps, known, { outcomes: [], stopAfter: 1000 });

        expect(runOutcome(steps, known)).toBe('succeeded');
      }),
    );
  });
});
