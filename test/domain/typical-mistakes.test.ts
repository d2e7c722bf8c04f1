import { expect, test } from 'vitest';
import { asText, head, problemsOf } from './read-pipeline.ts';

const build = '    build: { image: shop/cart }\n';
const steps = `steps:\n  - id: image\n${build}`;
const indent =
  'the indentation does not fit the lines above (keys that belong together begin in the same column; or a bracket, brace or quote above is not closed)';
const list = "(a list stands in [brackets], or on lines that begin with '- ')";

/** What people write, and what they are told. */
test.each([
  ['a tab', `${head}steps:\n\t- id: image\n`, ['4:1 a tab cannot indent YAML (use spaces)']],
  ['a key one column too far left', `${head}steps:\n  - id: image\n   build: {}\n`, [`5:1 ${indent}`]],
  [
    'a brace that is not closed',
    `name: cart\nsource: { repository: shop\n${steps}`,
    ['2:9 this { is never closed (close it with })'],
  ],
  [
    'a quote that is not closed',
    `name: cart\nsource: { repository: "shop }\n${steps}`,
    ['2:23 this " is never closed (close it with ")'],
  ],
  [
    'keys that are not indented',
    `name: cart\nsource:\nrepository: shop\n${steps}`,
    [
      '2:8 expected keys with values, got nothing (its keys, indented below it: repository, path, only)',
      "3:1 unknown key 'repository' (it belongs below 'source')",
    ],
  ],
  [
    'a number that is a version',
    `${head}on: { commit: { branches: [1.10] } }\n${steps}`,
    ["3:28 expected text, but YAML reads 1.10 as the number 1.1 (put it in quotes: '1.10')"],
  ],
  [
    'a number as the value of a variable',
    `${head}steps:\n  - { id: t, run: { image: node, commands: [x], env: { PORT: 80 } } }\n`,
    ["4:62 expected text, got the number 80 (put it in quotes: '80')"],
  ],
  [
    'a key twice, and what else is wrong',
    `${head}${steps}steps: []\n`,
    [
      '6:1 this key is given twice (keep one of the two; the first is in line 3)',
      '6:8 a pipeline has at least one step',
    ],
  ],
  [
    'the words of other servers',
    `${head}stages: [build]\nsteps:\n  - id: image\n    depends_on: [x]\n${build}`,
    [
      "3:1 unknown key 'stages' (did you mean 'steps'?)",
      "6:5 unknown key 'depends_on' (did you mean 'needs'?)",
    ],
  ],
  [
    'a key of the step below its kind',
    `${head}${steps}  - id: test\n    run: { from: image, commands: [x], needs: [image] }\n`,
    ["7:40 unknown key 'needs' (it stands beside 'run', not below it)"],
  ],
  [
    'a kind of step below another one',
    `${head}${steps}  - id: out\n    push: { image: image, build: {} }\n`,
    ["7:27 unknown key 'build' (known here: image, tags, registry, timeout, retry)"],
  ],
  [
    'a command where its keys belong',
    `${head}steps:\n  - id: test\n    run: npm test\n`,
    [
      '5:10 expected keys with values, got text (its keys, indented below it: from, image, commands, env, secrets, network, cpus, memory, services, cache, artifacts, timeout, idle-timeout, retry)',
    ],
  ],
  [
    'a strategy without its keys',
    `${head}steps:\n  - { id: out, deploy: { environment: e, manifests: a.yaml, strategy: canary } }\n`,
    [
      "4:71 expected stepped, or keys of canary or blue-green, got 'canary' (write stepped, { canary: { steps: [...] } } or { blue-green: {} })",
    ],
  ],
  [
    'a command that YAML takes apart',
    `${head}steps:\n  - { id: test, run: { image: node, commands: ['x', echo a: b] } }\n`,
    ["4:53 expected text, got keys with values (a text that contains ': ' needs quotes)"],
  ],
  [
    'one command instead of a list',
    `${head}steps:\n  - { id: test, run: { image: node, commands: npm test } }\n`,
    [`4:47 expected a list, got text ${list}`],
  ],
  [
    'steps without dashes',
    `${head}steps:\n  id: image\n`,
    [`4:3 expected a list, got keys with values ${list}`],
  ],
  [
    'no name and no id',
    `source: { repository: shop }\nsteps:\n  -\n${build}`,
    ["1:1 'name' is missing", "4:5 'id' is missing"],
  ],
  [
    'steps in a circle',
    `${head}steps:\n  - { id: a, needs: [b], build: { image: a } }\n  - { id: b, needs: [a], build: { image: b } }\n`,
    ['4:21 steps wait for each other: a -> b -> a (take one of these needs away)'],
  ],
  [
    'two kinds in one step',
    `${head}${steps}    push: { image }\n`,
    ["6:5 step 'image' is build and push at once (make two steps of it)"],
  ],
  [
    'a colon without a space',
    `name:cart\n${steps}`,
    ["1:1 a key stands on one line, followed by ':' and a space (write NAME: value)"],
  ],
  [
    'a template without quotes between brackets',
    `${head}steps:\n  - { id: a, push: { tags: [\${revision}] } }\n`,
    ["4:30 a text with '${' needs quotes between braces or brackets (put it in quotes: '${branch}')"],
  ],
  [
    'units written out',
    `${head}steps:\n  - { id: a, run: { image: x, commands: [ls], timeout: 1.5h, idle-timeout: 90 secs, memory: 512MB } }\n`,
    [
      '4:56 a duration is a whole number with a unit: ms, s, m, h or d (write 90m)',
      '4:76 a duration is a whole number with a unit: ms, s, m, h or d (write 90s)',
      '4:93 a memory size is a whole number with Mi or Gi (write 512Mi)',
    ],
  ],
  [
    'a duration without a unit',
    `${head}steps:\n  - { id: a, run: { image: x, commands: [ls], timeout: 10 } }\n`,
    ['4:56 a duration is a whole number with a unit: ms, s, m, h or d (for example 30s or 10m)'],
  ],
  [
    'images that are none',
    `${head}steps:\n${['Node', "'https://reg/node'", "'node:1:2'", "'${branch}/x'", 'node@sha256:1'].map((image, at) => `  - { id: s${at}, run: { image: ${image}, commands: [ls] } }\n`).join('')}`,
    [
      "4:29 'Node' is no image reference (lower case: node)",
      "5:29 'https://reg/node' is no image reference (leave out https://)",
      "6:29 'node:1:2' is no image reference (a name, and one tag after one colon: node:24)",
      "7:29 '${branch}/x' is no image reference (only ${matrix.NAME} can be read here)",
      "8:29 'node@sha256:1' is no image reference (a digest is sha256: and 64 hex digits)",
    ],
  ],
  [
    'one copy of a matrix',
    `${head}steps:\n  - { id: t, matrix: { axes: { n: [1, 2] } }, run: { image: x, commands: [ls] } }\n  - { id: b, needs: [t-1], run: { image: x, commands: [ls] } }\n`,
    ["5:22 step 'b' needs 't-1', which does not exist (all copies of a matrix are waited for together: 't')"],
  ],
  [
    'nothing at all',
    '',
    [
      '1:1 the file is empty (its keys: name, source, on, parameters, include, templates, when, concurrency, priority, runs-on, file, steps)',
    ],
  ],
  [
    'a value of the run without quotes between braces',
    `${head}steps:\n  - { id: a, run: { image: x, commands: [ls], env: { REVISION: \${revision} } } }\n`,
    ["4:65 a text with '${' needs quotes between braces or brackets (put it in quotes: '${branch}')"],
  ],
  [
    'no, where keys are asked for',
    `${head}on: { commit: no }\n${steps}`,
    [
      "3:15 expected keys with values, got text (leave 'commit' away for no; commit: {} is yes, with all defaults)",
    ],
  ],
  [
    'a merge key of YAML 1.1',
    `${head}steps:\n  - { id: a, run: { <<: { a: 1 }, image: x, commands: [ls] } }\n`,
    ["4:21 unknown key '<<' (merge keys are not part of YAML 1.2: write templates, and extends in the step)"],
  ],
  [
    'a condition as other servers have it',
    `${head}steps:\n  - { id: a, if: x, run: { image: x, commands: [ls] } }\n`,
    ["4:14 unknown key 'if' (did you mean 'when'?)"],
  ],
  [
    'an axis of a matrix at once',
    `${head}steps:\n  - { id: a, matrix: { node: [1] }, run: { image: x, commands: [ls] } }\n`,
    [
      "4:14 'axes' is missing",
      "4:24 unknown key 'node' (an axis stands below 'axes': { axes: { node: [...] } })",
    ],
  ],
  [
    'a list instead of keys',
    '- name: cart\n',
    [expect.stringContaining('1:1 expected keys with values, got a list')],
  ],
  [
    'a step that needs one that is not there',
    `${head}steps:\n  - { id: a, needs: [b], run: { image: x, commands: [ls] } }\n`,
    ["4:22 step 'a' needs 'b', which does not exist"],
  ],
  [
    'a text for a list, longer than the list may be',
    `${head}steps:\n  - { id: a, run: { image: x, commands: [ls], cache: node_modules } }\n`,
    [`4:54 expected a list, got text ${list}`],
  ],
  [
    'yes for a kind that needs keys',
    `${head}steps:\n  - { id: a, approve: true }\n`,
    [
      '4:23 expected keys with values, got true or false (its keys, indented below it: by, count, not-author, message, expires, timeout)',
    ],
  ],
  [
    'keys of the kind beside it',
    `${head}steps:\n  - { id: a, timeout: 1m, run: { image: x, commands: [ls] } }\n`,
    ["4:14 unknown key 'timeout' (it belongs below 'run')"],
  ],
  [
    'an image for the step that builds it',
    `${head}${steps}  - { id: a, run: { from: cart, commands: [ls] } }\n`.replace('shop/cart', 'cart'),
    ["6:27 there is no build step 'cart' (name the step that builds it: image)"],
  ],
])('%s', (_mistake, text, told) => {
  expect(problemsOf(text).map(asText)).toEqual(told);
});
