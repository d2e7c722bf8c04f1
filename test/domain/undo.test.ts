import { expect, test } from 'vitest';
import type { StepOutcome } from '../../src/domain/outcome.ts';
import { nextSteps, type StepStatus } from '../../src/domain/plan.ts';
import { stepsToKeep } from '../../src/domain/plan-again.ts';
import { promotionTo } from '../../src/domain/promotion.ts';
import { head, pipelineOf, problemsOfSteps } from './read-pipeline.ts';

const wave = (id: string, more = '') =>
  `{ id: ${id}, ${more}deploy: { environment: ${id}, manifests: deploy/*.yaml } }`;
const waves = [
  wave('europe'),
  wave('asia'),
  wave('america'),
  '{ id: back-asia, run-when: on-failure, needs: [america], deploy: { environment: asia, undo: asia } }',
  '{ id: back-europe, run-when: on-failure, needs: [america], deploy: { environment: europe, undo: europe } }',
];

function ended(ends: Record<string, StepOutcome>): Map<string, StepStatus> {
  return new Map(Object.entries(ends).map(([id, outcome]) => [id, { state: 'ended', outcome }]));
}

test('after a wave that fails no further one begins, and the waves before it are taken back', () => {
  const { steps } = pipelineOf(`${head}steps:\n${waves.map((step) => `  - ${step}\n`).join('')}`);
  const failed = { europe: 'succeeded', asia: 'failed', america: 'skipped' } as const;

  const first = nextSteps(steps, new Map());
  const skips = nextSteps(steps, ended({ europe: 'succeeded', asia: 'failed' }));
  const next = nextSteps(steps, ended(failed));
  const well = nextSteps(steps, ended({ europe: 'succeeded', asia: 'succeeded', america: 'succeeded' }));

  expect(first.start).toEqual(['europe']);
  expect(skips.skip.map(({ stepId }) => stepId)).toContain('america');
  expect(next.start).toEqual(['back-asia', 'back-europe']);
  expect(well).toMatchObject({ start: [], skip: [{ stepId: 'back-asia' }, { stepId: 'back-europe' }] });
  // A retry begins with what was taken back.
  const back = { 'back-asia': 'succeeded', 'back-europe': 'succeeded' } as const;
  expect(stepsToKeep(steps, ended({ ...failed, ...back }))).toEqual([]);
  expect(stepsToKeep(steps, ended({ ...failed, 'back-europe': 'skipped' }))).toEqual(['europe']);
  // What takes something back is not what a promotion deploys.
  expect(promotionTo('asia', steps)?.steps.map(({ id }) => id)).toEqual(['asia']);
});

test.for([
  ['undo: elsewhere', "there is no deploy step 'elsewhere'"],
  ['undo: asia', "step 'asia' deploys to asia, not to europe (write 'environment: asia')"],
  ['undo: europe, manifests: x.yaml', "a deploy step needs exactly one of 'manifests'"],
  ['undo: europe, prune: true', "'undo' puts back what ran before, at once"],
] as const)('%s is a mistake', ([written, told]) => {
  const step = `{ id: back, run-when: on-failure, deploy: { environment: europe, ${written} } }`;

  expect(problemsOfSteps(wave('europe'), wave('asia'), step).join('\n')).toContain(told);
});

test('it comes after what it undoes, and only after a failure', () => {
  const deploy = 'deploy: { environment: europe, undo: europe }';
  const early = `{ id: back, needs: [], run-when: on-failure, ${deploy} }`;

  expect(problemsOfSteps(wave('europe'), early)).toEqual([
    "5:87 step 'back' does not wait for 'europe', which it undoes (add 'europe' to its needs)",
  ]);
  expect(problemsOfSteps(wave('europe'), `{ id: back, run-when: always, ${deploy} }`)).toEqual([
    "5:5 step 'back' takes a rollout back and has no run-when: on-failure (add 'run-when: on-failure')",
  ]);
});
