import { expect, test } from 'vitest';
import { lintFile } from '../../src/domain/lint-file.ts';
import { asText, problemsOf } from './read-pipeline.ts';

const templates = `templates:
  node:
    run: { imagee: x, timeout: soon, env: { A: '\${nope}', B: 1.10 } }
  rest:
    needs: x
    run: { services: { db: { env: { A: b } } } }
    deploy: { strategy: { canary: { steps: [] } } }
`;

const told = [
  expect.stringContaining("unknown key 'imagee'"),
  expect.stringContaining('a duration is a whole number'),
  expect.stringContaining('${nope} cannot be read here'),
  expect.stringContaining('YAML reads 1.10 as the number 1.1'),
  expect.stringContaining('expected a list'),
  expect.stringContaining('a canary needs at least one step'),
];

test('what stands in a file of templates is judged, what its templates leave out is not', () => {
  const linted = lintFile(templates, 'shared.yaml');

  expect('problems' in linted && linted.problems.map(asText)).toEqual(told);
});

test('a template of a pipeline is judged also where no step extends it, and once where one does', () => {
  const unused = problemsOf(`name: cart
source: { repository: shop }
${templates}steps:
  - { id: a, extends: node, run: { image: x, commands: [x] } }
  - { id: b, run: { image: x, commands: [x] } }
`);

  expect(unused.map(asText).filter((text) => text.includes('imagee'))).toHaveLength(1);
  expect(unused.map(asText)).toEqual(told);
});
