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

test.each([
  ['[{ key-files: [a], paths: [../x] }]', '..'],
  ['[{ key-files: [a], paths: [/root/.npm] }]', 'an absolute path'],
  ['[{ key-files: [a], paths: [.] }]', 'whole tree'],
  ['[{ key-files: ["*.lock"], paths: [x] }]', 'this is a pattern'],
  ['[{ paths: [x] }]', "'key-files' is missing"],
  ['[]', 'name at least one'],
])('%s is refused with its place', (cache, told) => {
  const problems = problemsOfSteps(stepWith(cache));

  expect(problems).toHaveLength(1);
  expect(problems[0]).toContain(told);
});

test('a variable has its value in one place', () => {
  const step = "{ id: test, run: { image: node, commands: [x], env: { A: '1' }, secrets: { A: token } } }";

  expect(problemsOfSteps(step).join()).toContain("A has a value in 'env' already");
});
