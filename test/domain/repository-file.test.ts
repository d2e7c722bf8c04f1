import { expect, test } from 'vitest';
import { followsNone } from '../../src/domain/include.ts';
import { lintFile } from '../../src/domain/lint-file.ts';
import { parsePipeline } from '../../src/domain/pipeline-file.ts';
import type { Problem } from '../../src/domain/problem.ts';
import { joinRepositoryFile } from '../../src/domain/repository-file.ts';

const server = `name: cart
source: { repository: shop, path: services/cart }
on: { commit: {} }
parameters: { level: { type: string, default: info } }
file: ci/trunkline.yaml
`;

function joined(text: string) {
  return joinRepositoryFile(
    { text: server, name: 'cart.yaml' },
    { text, name: 'ci/trunkline.yaml', read: followsNone },
  );
}

function problemsOf(text: string): string[] {
  const parsed = joined(text);
  return 'problems' in parsed ? parsed.problems.map(asText) : [];
}

function asText({ file, line, column, message, hint }: Problem): string {
  return `${file}:${line}:${column} ${message}${hint === undefined ? '' : ` (${hint})`}`;
}

test('a pipeline of the server may leave its steps to a file of the repository', () => {
  const parsed = parsePipeline(server, 'cart.yaml');

  expect('pipeline' in parsed && parsed.pipeline).toMatchObject({
    file: { path: 'ci/trunkline.yaml', mergeRequests: 'target' },
    steps: [],
  });
});

test('the two are one pipeline: its triggers and parameters from the server, its steps from the repository', () => {
  const parsed = joined(
    'steps:\n  - { id: test, run: { image: busybox, commands: [ls], env: { L: "${parameters.level}" } } }\n',
  );

  expect('pipeline' in parsed && parsed.pipeline).toMatchObject({
    name: 'cart',
    source: { repository: 'shop', path: 'services/cart' },
    parameters: [{ name: 'level' }],
    steps: [{ id: 'test', kind: 'run' }],
  });
});

test('what is wrong with the steps is told where they stand', () => {
  expect(problemsOf('steps:\n  - { id: test, rnu: { image: x } }\n')).toEqual([
    "ci/trunkline.yaml:2:17 unknown key 'rnu' (did you mean 'run'?)",
  ]);
  expect(problemsOf('')).toContain(
    'ci/trunkline.yaml:1:1 the file is empty (its keys: include, templates, steps)',
  );
  expect(problemsOf('steps:\n\t- id: test\n')).toContain(
    'ci/trunkline.yaml:2:1 a tab cannot indent YAML (use spaces)',
  );
  expect(
    problemsOf('steps:\n  - { id: t, run: { image: x, commands: [ls], env: { L: "${parameters.no}" } } }'),
  ).toEqual(["ci/trunkline.yaml:2:57 there is no parameter 'no' (known here: level)"]);
});

test.each([
  'name: web',
  'source: { repository: other }',
  'on: { commit: {} }',
  'parameters: {}',
  'concurrency: {}',
  'runs-on: gpu',
  'priority: high',
  'when: {}',
  'file: a.yaml',
])('the repository cannot say %s', (line) => {
  const key = line.split(':')[0];
  const text = `${line}\nsteps: [{ id: test, run: { image: x, commands: [ls] } }]\n`;

  expect(problemsOf(text)).toEqual([
    `ci/trunkline.yaml:1:1 '${key}' is refused (it stands in the server's pipeline file, beside 'file')`,
  ]);
});

test('steps stand in one of the two files', () => {
  const both = parsePipeline(`${server}steps: [{ id: a, run: { image: x, commands: [ls] } }]\n`, 'cart.yaml');
  const none = parsePipeline('name: cart\nsource: { repository: shop }\n', 'cart.yaml');
  const outside = parsePipeline(server.replace('ci/', '../'), 'cart.yaml');

  expect('problems' in both && both.problems.map(asText)).toEqual([
    "cart.yaml:6:1 'steps' beside 'file': they stand in that file (keep one of the two)",
  ]);
  expect('problems' in none && none.problems.map(asText)).toEqual(["cart.yaml:1:1 'steps' is missing"]);
  expect('problems' in outside && outside.problems.map(asText).join()).toContain(
    'may leave the checked-out tree',
  );
});

test('lint checks the file of a repository as such', () => {
  const good = lintFile(
    'steps: [{ id: t, run: { image: x, commands: [ls], env: { L: "${parameters.any}" } } }]',
    'a.yaml',
  );
  const bad = lintFile('steps: [{ id: t, run: { image: x } }]', 'a.yaml');

  expect('problems' in good && good.problems).toEqual(false);
  expect('problems' in bad && bad.problems.map(asText)).toEqual(["a.yaml:1:18 'commands' is missing"]);
});
