import { expect, test } from 'vitest';
import { type ParsedPipeline, parsePipeline } from '../../src/domain/pipeline-file.ts';
import { triggerProblems } from '../../src/domain/pipeline-order.ts';
import { asText, pipelineOf, problemsOfSteps } from './read-pipeline.ts';

function parsed(name: string, step: string, more = ''): ParsedPipeline {
  const text = `name: ${name}\nsource: { repository: shop }\n${more}steps:\n  - { id: go, ${step} }\n`;
  const one = parsePipeline(text, `${name}.yaml`);
  if ('problems' in one) throw new Error(JSON.stringify(one.problems));
  return one;
}

const runs = 'run: { image: busybox, commands: [ls] }';

function problemsOf(first: ParsedPipeline, ...others: ParsedPipeline[]): string[] {
  const known = new Map([first, ...others].map((one) => [one.pipeline.name, one]));
  return triggerProblems(first, known, true).map(asText);
}

test('a trigger step names a pipeline, waits for it, and takes six hours at most, unless it says otherwise', () => {
  const text = (more: string) =>
    `name: cart\nsource: { repository: shop }\nsteps:\n  - { id: go, trigger: { pipeline: e2e${more} } }\n`;

  expect(pipelineOf(text('')).steps).toMatchObject([
    { kind: 'trigger', pipeline: 'e2e', parameters: {}, wait: true, timeoutMs: 6 * 3_600_000 },
  ]);
  expect(
    pipelineOf(text(', wait: false, parameters: { level: 3, on: true, at: "${revision}" }')).steps,
  ).toMatchObject([{ wait: false, parameters: { level: 3, on: true, at: '${revision}' } }]);
});

test('its mistakes are told as those of other steps', () => {
  expect(problemsOfSteps('{ id: go, trigger: { pipelin: e2e } }')).toEqual([
    expect.stringContaining("'pipeline' is missing"),
    "4:26 unknown key 'pipelin' (did you mean 'pipeline'?)",
  ]);
  expect(
    problemsOfSteps('{ id: go, trigger: { pipeline: e2e, parameters: { a: "${parameters.no}" } } }').join(),
  ).toContain("there is no parameter 'no'");
});

test('pipelines that would start each other without end are refused, with the ring named, also by way of on: pipeline', () => {
  const cart = parsed('cart', 'trigger: { pipeline: e2e }');
  const back = parsed('e2e', 'trigger: { pipeline: cart }');
  const tests = parsed('e2e', runs);
  const after = parsed('late', 'trigger: { pipeline: cart }', 'on: { pipeline: { name: e2e } }\n');

  expect(problemsOf(parsed('cart', 'trigger: { pipeline: cart }'))).toEqual([
    expect.stringContaining('without end: cart -> cart'),
  ]);
  expect(problemsOf(cart, back)).toEqual([expect.stringContaining('without end: cart -> e2e -> cart')]);
  expect(problemsOf(cart, tests, after)).toEqual([
    expect.stringContaining('without end: cart -> e2e -> late -> cart'),
  ]);
  expect(problemsOf(cart, tests)).toEqual([]);
});

test('a pipeline that a file of the repository may start, and that is not there, is told', () => {
  const text = 'name: cart\nsource: { repository: shop }\nfile: { path: ci.yaml, starts: [e2e, e3e] }\n';
  const cart = parsePipeline(text, 'cart.yaml');
  if ('problems' in cart) throw new Error(JSON.stringify(cart.problems));

  expect(problemsOf(cart, parsed('e2e', runs))).toEqual([
    "3:38 there is no pipeline 'e3e' (did you mean 'e2e'?)",
  ]);
});

test('a pipeline that is not there, and a parameter that it does not have, are told with what was meant', () => {
  const tests = parsed('e2e', runs, 'parameters: { level: { type: string, default: x } }\n');

  expect(problemsOf(parsed('cart', 'trigger: { pipeline: e2f }'), tests)).toEqual([
    "4:36 there is no pipeline 'e2f' (did you mean 'e2e'?)",
  ]);
  expect(problemsOf(parsed('cart', 'trigger: { pipeline: e2e, parameters: { levle: a } }'), tests)).toEqual([
    "4:55 pipeline 'e2e' has no parameter 'levle' (did you mean 'level'?)",
  ]);
});
