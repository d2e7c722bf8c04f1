import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { checkPipeline, type KnownNames } from '../../src/config/check-pipeline.ts';
import { parsePipeline } from '../../src/domain/pipeline-file.ts';
import { renderProblem } from '../../src/domain/problem.ts';
import { maxYamlBytes } from '../../src/domain/yaml-document.ts';
import { head } from './read-pipeline.ts';

const nothing: KnownNames = {
  repositories: {},
  registries: {},
  environments: {},
  docker: { host: '', builder: 'buildkit', networks: [], limits: { cpus: 1, memoryBytes: 1, pids: 1 } },
};

const good = `${head}on:
  commit: { branches: [trunk, 'branches/*'], paths: ['**', '!docs/**'] }
concurrency: { group: '\${branch}', queue: latest }
steps:
  - id: image
    build: { context: ., image: shop/cart, args: { VERSION: 'r\${revision}' } }
  - id: test
    run: { from: image, commands: [npm test], env: { A: '1.10' }, timeout: 10m }
  - id: push
    needs: [image, test]
    push: { image: image, tags: ['r\${revision}-\${run}'] }
  - id: staging
    when: { branches: [trunk], parameters: { size: large } }
    deploy: { environment: staging, manifests: deploy/*.yaml }
parameters: { size: { type: choice, options: [small, large], default: small } }
`;

/** What breaks readers of YAML, and what breaks JavaScript. */
const trap = fc.constantFrom(
  ...[
    '\t',
    ': ',
    '- ',
    '? ',
    '&a ',
    '*a',
    '!!x ',
    '|',
    '>-',
    '"',
    "'",
    '{',
    '}',
    '[',
    ']',
    '#',
    '---\n',
    '\n',
  ],
  ...['...', '%YAML 9\n', '<<: *a', '1.10', 'no', '~', '.inf', '0x', '${', '$${', '${x}', '\u0000', '\u2028'],
  ...[
    'toString',
    '__proto__',
    'constructor',
    '\r',
    '\ufeff',
    '\ud800',
    '  ',
    'steps',
    'needs: [{toString: 1}]',
  ],
);
const place = fc.nat({ max: good.length });
const edit = fc.tuple(place, fc.nat({ max: 20 }), fc.oneof(trap, fc.string({ maxLength: 5 })));

/** The good file with some of it replaced. */
const damaged = fc
  .array(edit, { minLength: 1, maxLength: 4 })
  .map((edits) =>
    edits.reduce((text, [at, length, by]) => text.slice(0, at) + by + text.slice(at + length), good),
  );

const key = fc.oneof(
  fc.constantFrom('name', 'source', 'repository', 'on', 'commit', 'steps', 'id', 'needs', 'build', 'push'),
  fc.constantFrom('run', 'deploy', 'image', 'from', 'commands', 'env', 'images', 'toString', '__proto__'),
  fc.constantFrom('when', 'branches', 'matrix', 'exclude', 'approve', 'by', 'parameters', 'default', 'type'),
  fc.constantFrom('retry', 'max', 'on', 'trigger', 'tags', 'group', 'args', 'manifests', 'workload'),
);
const { tree } = fc.letrec<{ tree: unknown }>((tie) => ({
  tree: fc.oneof(
    { maxDepth: 5 },
    fc.oneof(fc.string({ maxLength: 5 }), fc.integer(), fc.double(), fc.boolean(), fc.constant(null), key),
    fc.array(tie('tree'), { maxLength: 4 }),
    fc.dictionary(key, tie('tree'), { maxKeys: 4 }),
  ),
}));
/** The right keys with anything below them: JSON is YAML. */
const shaped = fc
  .record({
    name: tree,
    source: tree,
    on: tree,
    concurrency: tree,
    parameters: tree,
    steps: fc.oneof(tree, fc.array(tree, { maxLength: 4 })),
  })
  .map((value) => JSON.stringify(value));

test('whatever a file holds, reading it gives a pipeline or problems with their places, and never throws', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        damaged,
        shaped,
        fc.array(trap).map((parts) => parts.join('')),
      ),
      (text) => {
        const parsed = parsePipeline(text, 'cart.yaml');

        const names = parsed.document === null ? [] : checkPipeline(parsed.document, nothing);
        const problems = [...('problems' in parsed ? parsed.problems : []), ...names];
        const lines = text.split('\n').length;
        expect('pipeline' in parsed || problems.length > 0).toBe(true);
        for (const problem of problems) {
          expect(problem.line).toBeGreaterThanOrEqual(1);
          expect(problem.line).toBeLessThanOrEqual(lines);
          expect(problem.column).toBeGreaterThanOrEqual(1);
          expect(problem.message).toMatch(/^[^\n]+$/);
          expect(renderProblem(problem, { color: false })).toContain(`cart.yaml:${problem.line}:`);
        }
      },
    ),
    { numRuns: 600 },
  );
});

describe('a file as large as may be is read in a few seconds, with', () => {
  const many = (line: (index: number) => string) => {
    const lines: string[] = [];
    for (let size = 0; size < maxYamlBytes - 1_000; size += (lines.at(-1)?.length ?? 0) + 1)
      lines.push(line(lines.length));
    return lines.join('\n');
  };

  test.each([
    ['keys that nobody knows', many((index) => `k${index}:`)],
    ['one key again and again', many(() => 'a:')],
    ['steps without end', `${head}steps:\n${many(() => '- {}')}`],
    ['variables without end', `${head}steps:\n- run:\n    env:\n${many((index) => `      K${index}: 1`)}`],
    [
      'templates that are not closed',
      `${head}steps: [{ build: { image: '${many(() => '${').replaceAll('\n', '')}' } }]`,
    ],
    ['brackets without end', many(() => '[').replaceAll('\n', '')],
  ])('%s', { timeout: 20_000 }, (_what, text) => {
    const parsed = parsePipeline(text, 'cart.yaml');

    expect('problems' in parsed && parsed.problems.length).toBeGreaterThan(0);
    expect('problems' in parsed && parsed.problems.length).toBeLessThanOrEqual(200);
  });
});
