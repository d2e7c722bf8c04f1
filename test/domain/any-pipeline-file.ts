import fc from 'fast-check';
import { head } from './read-pipeline.ts';

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
export const trap = fc.constantFrom(
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
const by = fc.oneof(trap, fc.string({ maxLength: 5 }));

/** The good file with some of it replaced. */
export const damaged = damagedOf(good);

/** A file that includes others, and those, each with some of it replaced. */
export const including = fc.record({
  pipeline: damagedOf(`${head}include: [{ file: a.yaml }, { repository: r, revision: 7, file: b.yaml }]
templates: { own: { extends: node, run: { timeout: 5m } } }
steps:
  - { id: one, extends: own, run: { env: { A: b } } }
  - { id: two, extends: other, needs: [one] }
  - { id: go, trigger: { pipeline: e2e, parameters: { level: '\${revision}' } } }
`),
  a: damagedOf(`include: [{ file: b.yaml }]
templates:
  node: { run: { image: busybox, commands: [ls] } }
`),
  b: damagedOf(`include: [{ file: a.yaml }]
templates: { other: { extends: node, run: { commands: [pwd] } } }
`),
});

/** In the part of a pipeline that is in a repository. */
export const ofRepository = damagedOf(`include: [{ file: a.yaml }]
templates: { own: { run: { image: busybox, commands: [ls] } } }
steps:
  - { id: one, extends: own, run: { env: { A: '\${parameters.level}' } } }
`);

function damagedOf(text: string): fc.Arbitrary<string> {
  const edit = fc.tuple(fc.nat({ max: text.length }), fc.nat({ max: 20 }), by);
  return fc
    .array(edit, { maxLength: 4 })
    .map((edits) =>
      edits.reduce((now, [at, length, put]) => now.slice(0, at) + put + now.slice(at + length), text),
    );
}

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
export const shaped = fc
  .record({
    name: tree,
    source: tree,
    on: tree,
    concurrency: tree,
    parameters: tree,
    steps: fc.oneof(tree, fc.array(tree, { maxLength: 4 })),
  })
  .map((value) => JSON.stringify(value));
