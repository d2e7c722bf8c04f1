import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { draftOfConfig, draftOfJenkinsfile } from './draft-of.ts';

const read = (name: string) => readFileSync(join(import.meta.dirname, name), 'utf8');
const [jenkinsfile, config] = [read('declarative.jenkinsfile'), read('freestyle.xml')];
const [matrix, scripted] = [
  read('samples/platforms.jenkinsfile') + read('samples/php-versions.jenkinsfile'),
  read('samples/scripted-map.jenkinsfile') + read('samples/scripted-parallel.jenkinsfile'),
];

const trap = fc.constantFrom(
  ...[
    "'",
    '"',
    "'''",
    '"""',
    '{',
    '}',
    '(',
    ')',
    '[',
    ']',
    ',',
    ':',
    '=',
    '.',
    '\\',
    '$',
    '${',
    '}}',
    '/*',
    '//',
  ],
  ...[
    '<',
    '>',
    '&',
    '&lt;',
    '&#0;',
    '<![CDATA[',
    ']]>',
    '</',
    '\u0000',
    '\ud800',
    '\u2028',
    '\n',
    '# ',
    '@',
    '!',
  ],
  ...[
    'H',
    '*/',
    'stage',
    'sh',
    'parallel',
    'agent',
    'when',
    'dir',
    '__proto__',
    'constructor',
    '1e99',
    '-1',
    'none',
  ],
);

/** A file with some of it replaced. */
function damaged(good: string): fc.Arbitrary<string> {
  const edit = fc.tuple(
    fc.nat({ max: good.length }),
    fc.nat({ max: 30 }),
    fc.oneof(
      trap,
      fc.string({ maxLength: 5 }),
      fc.nat({ max: good.length }).map((at) => good.slice(at, at + 60)),
    ),
  );
  return fc
    .array(edit, { minLength: 1, maxLength: 5 })
    .map((edits) =>
      edits.reduce((text, [at, length, by]) => text.slice(0, at) + by + text.slice(at + length), good),
    );
}

test.each([
  ['a Jenkinsfile', jenkinsfile, draftOfJenkinsfile],
  ['a Jenkinsfile with a matrix', matrix, draftOfJenkinsfile],
  ['a scripted Jenkinsfile', scripted, draftOfJenkinsfile],
  ['a config.xml', config, draftOfConfig],
])(
  'whatever %s holds, its draft has no mistakes, or the file is refused in a line',
  (_what, good, draftOf) => {
    fc.assert(
      fc.property(
        fc.oneof(
          damaged(good),
          fc.array(trap).map((parts) => parts.join('')),
        ),
        (text) => {
          const draft = draftOf(text);

          if ('problem' in draft) expect(draft.problem).toMatch(/^.+$/);
          else expect(draft.told.every((line) => /^\d+ /.test(line))).toBe(true);
        },
      ),
      { numRuns: 250 },
    );
  },
);

test.each([
  ['braces', `pipeline { stages ${'{'.repeat(100_000)}`],
  ['calls', `pipeline { stages { stage('a') { steps { sh ${'f('.repeat(50_000)} } } } }`],
  ['lists', `pipeline { stages { stage('a') { steps { sh ${'['.repeat(100_000)} } } } }`],
  ['quotes', `pipeline { stages { ${"'''".repeat(60_000)} } }`],
  ['closures', `node { parallel ${'a: { parallel '.repeat(20_000)}`],
  ['branches', `node { ${"b['a'] = { sh 'x' }\n".repeat(9_000)} parallel b }`],
  [
    'axes',
    `pipeline { stages { stage('a') { matrix { axes { ${"axis { name 'A'; values 'a', 'b', 'c' }\n".repeat(3_000)} } stages { stage('b') { steps { sh 'x' } } } } } } }`,
  ],
  ['comments', `pipeline { ${'/*'.repeat(100_000)} }`],
  ['stages', `pipeline { stages { ${"stage('a') { steps { sh 'x' } }\n".repeat(7_000)} } }`],
  [
    'variables',
    `pipeline { environment { ${"A = 'b'\n".repeat(20_000)} } stages { stage('a') { steps { sh 'x' } } } }`,
  ],
])('a Jenkinsfile of %s without end is read in bounded time', { timeout: 20_000 }, (_what, text) => {
  const draft = draftOfJenkinsfile(text);

  expect('problem' in draft || draft.pipeline.steps.length <= 100).toBe(true);
});
