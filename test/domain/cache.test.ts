import { expect, test } from 'vitest';
import { head, pipelineOf, problemsOfSteps } from './read-pipeline.ts';

const stepWith = (cache: string, more = '') =>
  `{ id: test, run: { image: node, commands: [x], cache: ${cache}${more} } }`;

test('a cache has key files and paths below the tree', () => {
  const text = stepWith('[{ key-files: [./package-lock.json], paths: [node_modules/, .npm] }]');

  const { steps } = pipelineOf(`${head}steps:\n  - ${text}\n`);

  expect(steps).toMatchObject([
    { cache: [{ keyFiles: ['package-lock.json'], paths: ['node_modules', '.npm'] }] },
  ]);
});

test('a step without the cache and the artifacts of its template', () => {
  const run = '{ image: node, commands: [x], cache: [{ key-files: [a], paths: [b] }], artifacts: [dist] }';

  const { steps } = pipelineOf(`${head}templates:
  node: { run: ${run} }
steps:
  - { id: all, extends: node }
  - { id: none, extends: node, run: { cache: [], artifacts: [] } }
`);

  expect(steps[0]).toMatchObject({ cache: [{ paths: ['b'] }], artifacts: ['dist'] });
  expect(steps[1]).not.toHaveProperty('cache');
  expect(steps[1]).not.toHaveProperty('artifacts');
});

test.each([
  ['[{ key-files: [a], paths: [../x] }]', '..'],
  ['[{ key-files: [a], paths: [/root/.npm] }]', 'an absolute path'],
  ['[{ key-files: [a], paths: [.] }]', 'whole tree'],
  ['[{ key-files: ["*.lock"], paths: [x] }]', 'this is a pattern'],
  ['[{ paths: [x] }]', "'key-files' is missing"],
])('%s is refused with its place', (cache, told) => {
  const problems = problemsOfSteps(stepWith(cache));

  expect(problems).toHaveLength(1);
  expect(problems[0]).toContain(told);
});

test('a variable has its value in one place', () => {
  const step = "{ id: test, run: { image: node, commands: [x], env: { A: '1' }, secrets: { A: token } } }";

  expect(problemsOfSteps(step).join()).toContain("A has a value in 'env' already");
});
