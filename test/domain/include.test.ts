import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { type IncludeWish, includeKey } from '../../src/domain/include.ts';
import { lintFile } from '../../src/domain/lint-file.ts';
import { parsePipeline } from '../../src/domain/pipeline-file.ts';
import type { Problem } from '../../src/domain/problem.ts';

const node = `templates:
  node:
    needs: []
    run: { image: 'node:24', commands: [npm test], timeout: 5m, env: { CI: '1', LOG: info } }
`;

function pipeline(...lines: string[]): string {
  return ['name: cart', 'source: { repository: shop }', ...lines, ''].join('\n');
}

/** Reads what is included from a table, by file, or `repository@revision:file`. */
function from(files: Record<string, string>) {
  return (wish: IncludeWish) => {
    const text = files[includeKey(wish)];
    return text === undefined ? { problem: 'there is no such file' } : { name: includeKey(wish), text };
  };
}

function problemsOf(text: string, files: Record<string, string> = {}): string[] {
  const parsed = parsePipeline(text, 'cart.yaml', from(files));
  return 'problems' in parsed ? parsed.problems.map(asText) : [];
}

function asText({ file, line, column, message }: Problem): string {
  return `${file}:${line}:${column} ${message}`;
}

const extending = pipeline(
  'include: [{ file: shared/node.yaml }]',
  'steps:',
  '  - { id: test, extends: node }',
);

test('a step has what its template has, with its own values over it, key by key; lists are replaced', () => {
  const text = pipeline(
    'include: [{ file: shared/node.yaml }]',
    'steps:',
    '  - id: test',
    '    extends: node',
    '    run: { commands: [npm run e2e], env: { LOG: debug } }',
  );

  const parsed = parsePipeline(text, 'cart.yaml', from({ 'shared/node.yaml': node }));

  expect('pipeline' in parsed && parsed.pipeline.steps).toMatchObject([
    {
      id: 'test',
      needs: [],
      kind: 'run',
      from: { image: 'node:24' },
      commands: ['npm run e2e'],
      timeoutMs: 300_000,
      env: { CI: '1', LOG: 'debug' },
    },
  ]);
});

test('what was included is part of the pipeline, with its place and its SHA-256 sum', () => {
  const text = pipeline(
    'include: [{ repository: templates, file: trunk/node.yaml, revision: 12 }]',
    'steps: [{ id: test, extends: node }]',
  );

  const parsed = parsePipeline(text, 'cart.yaml', from({ 'templates@12:trunk/node.yaml': node }));

  const sha256 = createHash('sha256').update(node).digest('hex');
  expect('pipeline' in parsed && parsed.pipeline.files).toEqual([
    { file: 'trunk/node.yaml', repository: 'templates', revision: '12', sha256, text: node },
  ]);
});

test('a file that a repository includes without naming one is of the same repository and revision', () => {
  const files = {
    'templates@12:trunk/all.yaml': 'include: [{ file: trunk/node.yaml }]\ntemplates: {}\n',
    'templates@12:trunk/node.yaml': node,
  };
  const text = pipeline(
    'include: [{ repository: templates, file: trunk/all.yaml, revision: 12 }]',
    'steps: [{ id: test, extends: node }]',
  );

  expect(problemsOf(text, files)).toEqual([]);
});

test('templates may stand in the file itself, and extend each other', () => {
  const text = pipeline(
    'templates:',
    '  base: { run: { image: busybox, commands: [ls] } }',
    '  slow: { extends: base, run: { timeout: 2h } }',
    'steps: [{ id: test, extends: slow }]',
  );

  const parsed = parsePipeline(text, 'cart.yaml');

  expect('pipeline' in parsed && parsed.pipeline.steps).toMatchObject([
    { from: { image: 'busybox' }, commands: ['ls'], timeoutMs: 7_200_000 },
  ]);
});

test('a mistake in a template is told where it stands, with the step that uses it', () => {
  const wrong = node.replace('5m', 'soon');

  expect(problemsOf(extending, { 'shared/node.yaml': wrong })).toEqual([
    'shared/node.yaml:4:61 a duration is a whole number with a unit: ms, s, m, h or d (used by the step in cart.yaml, line 5)',
  ]);
});

test('a mistake of the step itself is told at the step', () => {
  const text = extending.replace('extends: node', 'extends: node, run: { timeuot: 3m }');

  expect(problemsOf(text, { 'shared/node.yaml': node })).toEqual(["cart.yaml:5:39 unknown key 'timeuot'"]);
});

test.each([
  [
    'a file that is not there',
    {},
    'cart.yaml:3:19 shared/node.yaml cannot be included: there is no such file',
  ],
  [
    'a template that is not there',
    { 'shared/node.yaml': node.replace('node:', 'nodes:') },
    "cart.yaml:5:26 there is no template 'node'",
  ],
  [
    'files that include each other',
    {
      'shared/node.yaml': `include: [{ file: a.yaml }]\n${node}`,
      'a.yaml': 'include: [{ file: shared/node.yaml }]\ntemplates: {}',
    },
    'a.yaml:1:19 files include each other in a ring: shared/node.yaml -> a.yaml -> shared/node.yaml',
  ],
  [
    'a key that no included file has',
    { 'shared/node.yaml': `${node}steps: []\n` },
    "shared/node.yaml:5:1 unknown key 'steps'",
  ],
  [
    'two templates of one name',
    { 'shared/node.yaml': `include: [{ file: a.yaml }]\n${node}`, 'a.yaml': node },
    "a.yaml:2:3 there are two templates 'node'",
  ],
  [
    'YAML that cannot be read',
    { 'shared/node.yaml': 'templates:\n\tnode: 1\n' },
    'shared/node.yaml:2:1 a tab cannot indent YAML',
  ],
])('%s is refused with its place', (_what, files, expected) => {
  expect(problemsOf(extending, files)).toContain(expected);
});

test('templates that extend each other in a ring, and too many levels of files, are refused', () => {
  const ring = pipeline(
    'templates: { a: { extends: b }, b: { extends: a } }',
    'steps: [{ id: test, extends: a }]',
  );
  const levels = Object.fromEntries(
    [1, 2, 3, 4, 5, 6].map((level) => [
      `${level}.yaml`,
      `include: [{ file: ${level + 1}.yaml }]\ntemplates: {}\n`,
    ]),
  );
  const deep = pipeline(
    'include: [{ file: 1.yaml }]',
    'steps: [{ id: a, run: { image: x, commands: [ls] } }]',
  );

  expect(problemsOf(ring)).toContain('cart.yaml:3:47 templates extend each other in a ring: a -> b -> a');
  expect(problemsOf(deep, levels)).toEqual([
    '5.yaml:1:19 included files include others more than 5 levels deep',
  ]);
});

test('more files, or more text, than a person would include, is refused', () => {
  const many = Array.from({ length: 21 }, (_, index) => `${index}.yaml`);
  const text = (names: string[]) =>
    pipeline(
      `include: [${names.map((name) => `{ file: ${name} }`).join(', ')}]`,
      'steps: [{ id: a, run: { image: x, commands: [ls] } }]',
    );
  const large = `templates: {}\n${'# filler\n'.repeat(27_000)}`;

  const ofMany = problemsOf(text(many), Object.fromEntries(many.map((name) => [name, 'templates: {}'])));
  const ofLarge = problemsOf(text(many.slice(0, 5)), Object.fromEntries(many.map((name) => [name, large])));

  expect(ofMany).toEqual([expect.stringContaining('more than 20 files are included')]);
  expect(ofLarge).toEqual([expect.stringContaining('together are larger than 1 MiB')]);
});

test.each([
  ['{ file: ../secret.yaml }', 'may leave the checked-out tree'],
  ['{ file: /etc/passwd.yaml }', 'an absolute path'],
  ['{ file: http://example.com/a.yaml }', 'a URL'],
  ['{ file: a.txt }', 'ends in .yaml or .yml'],
  ['{ file: a.yaml, repository: templates }', 'at a fixed revision'],
  ['{ file: a.yaml, repository: templates, revision: main }', 'a fixed revision is a number'],
  ['{ file: a.yaml, revision: 12 }', 'a revision without a repository'],
  ['{ file: a.yaml, sha256: abc }', 'a SHA-256 sum has 64 digits'],
])('%s is refused', (entry, expected) => {
  const text = pipeline(`include: [${entry}]`, 'steps: [{ id: a, run: { image: x, commands: [ls] } }]');

  expect(problemsOf(text).join('\n')).toContain(expected);
});

test('a file that is not the one whose sum was written is refused, with the sum that it has', () => {
  const sum = createHash('sha256').update(node).digest('hex');
  const pinned = (sha256: string) => extending.replace('.yaml }', `.yaml, sha256: ${sha256} }`);

  expect(problemsOf(pinned(sum), { 'shared/node.yaml': node })).toEqual([]);
  expect(problemsOf(pinned('a'.repeat(64)), { 'shared/node.yaml': node }).join('\n')).toContain(
    `is not the file that was pinned: its SHA-256 sum is ${sum}`,
  );
});

test('a file of templates is checked as such', () => {
  const good = lintFile(node, 'node.yaml');
  const bad = lintFile('templates:\n  node: { rnu: {} }\n', 'node.yaml');

  expect('problems' in good && good.problems).toEqual([]);
  expect('problems' in bad && bad.problems.map(asText)).toEqual(["node.yaml:2:11 unknown key 'rnu'"]);
});
