import { expect, test } from 'vitest';
import { asText, head, pipelineOf, problemsOf, problemsOfSteps } from './read-pipeline.ts';

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
    '5:67 expected one of: fault, timeout, failure',
    "6:71 expected fault, timeout, failure or an exit code (did you mean 'failure'?)",
    '7:73 expected fault, timeout, failure or an exit code (without quotes: 75)',
  ]);
});

test('an idle timeout that is longer than the timeout, also than the default one, is a mistake', () => {
  const limits = (text: string) =>
    `{ id: ${text.replaceAll(/[^a-z0-9]/g, '')}, run: { image: x, commands: [x], ${text} } }`;

  expect(
    problemsOfSteps(
      limits('timeout: 10m, idle-timeout: 15m'),
      limits('idle-timeout: 90m'),
      limits('idle-timeout: 60m'),
      limits('timeout: 3h, idle-timeout: 2h'),
      '{ id: image, build: { image: shop/cart, idle-timeout: 2h } }',
    ),
  ).toEqual([
    "4:97 an idle-timeout of 15m never comes: 'timeout' gives all of an attempt 10m (write a shorter one, or a longer timeout)",
    "5:73 an idle-timeout of 90m never comes: without a 'timeout' all of an attempt has 1h (write a longer 'timeout' too, or a shorter one here)",
    "8:59 an idle-timeout of 2h never comes: without a 'timeout' all of an attempt has 1h (write a longer 'timeout' too, or a shorter one here)",
  ]);
});

test('of a template it is judged with what the step adds', () => {
  const templates = 'templates: { patient: { run: { image: x, idle-timeout: 2h } } }\n';
  const text = (limit: string) =>
    `${head}${templates}steps:\n  - { id: a, extends: patient, run: { commands: [x]${limit} } }\n`;

  expect(problemsOf(text(', timeout: 3h'))).toEqual([]);
  expect(problemsOf(text('')).map(asText)).toEqual([
    "3:56 an idle-timeout of 2h never comes: without a 'timeout' all of an attempt has 1h (used by the step in cart.yaml, line 5) (write a longer 'timeout' too, or a shorter one here)",
  ]);
});
