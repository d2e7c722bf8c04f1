import { expect, test } from 'vitest';
import { head, pipelineOf, problemsOfSteps } from './read-pipeline.ts';

test('a retry has a pause and exit codes, a command an idle timeout', () => {
  const run =
    'run: { image: x, commands: [x], idle-timeout: 5m, retry: { max: 2, on: [timeout, 75], backoff: 30s } }';

  expect(pipelineOf(`${head}steps:\n  - { id: one, ${run} }\n`).steps[0]).toMatchObject({
    idleTimeoutMs: 300_000,
    retry: { max: 2, on: ['timeout', 75], backoffMs: 30_000 },
  });
});

test('without them a step has none', () => {
  const [step] = pipelineOf(`${head}steps:\n  - { id: one, run: { image: x, commands: [x] } }\n`).steps;

  expect(step).not.toHaveProperty('idleTimeoutMs');
  expect(step?.retry).toEqual({ max: 5, on: ['fault'] });
});

test('an exit code is one of a failed command', () => {
  expect(
    problemsOfSteps(
      '{ id: zero, run: { image: x, commands: [x], retry: { max: 1, on: [0] } } }',
      '{ id: image, build: { image: shop/cart, retry: { max: 1, on: [75] } } }',
      '{ id: word, run: { image: x, commands: [x], retry: { max: 1, on: [faillure] } } }',
      "{ id: quoted, run: { image: x, commands: [x], retry: { max: 1, on: ['75'] } } }",
    ),
  ).toEqual([
    '4:71 an exit code of a failure is at least 1',
    '5:67 expected one of: fault, timeout, failure (known here: fault, timeout, failure)',
    "6:71 expected fault, timeout, failure or an exit code (did you mean 'failure'?)",
    '7:73 expected fault, timeout, failure or an exit code (without quotes: 75)',
  ]);
});
