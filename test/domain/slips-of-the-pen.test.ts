import { expect, test } from 'vitest';
import { asText, head, problemsOf } from './read-pipeline.ts';

const steps = 'steps:\n  - { id: image, build: { image: shop/cart } }\n';

/** Signs and bounds that people miss, and what they are told. */
test.each([
  [
    'a text between brackets of which a part is in quotes',
    `${head}steps:\n  - { id: a, run: { image: x, commands: [echo "\${X}"] } }\n  - { id: b }\n`,
    ["4:49 a text with '${' needs quotes between braces or brackets (put it in quotes: '${branch}')"],
  ],
  [
    'a text that goes on after its quotes',
    `${head}steps:\n  - id: a\n    run:\n      commands:\n        - "echo" > x\n        - b\n`,
    [
      `7:18 the text goes on after the quote that ends it (put all of it in quotes: '"a b" && c', or on a line of its own below '|')`,
    ],
  ],
  [
    'stars without quotes',
    `${head}on: { commit: { branches: [*], paths: [**/*.ts, '**'] } }\n${steps}`,
    [
      "3:28 this is no whole alias (*name) or anchor (&name) (a text that begins with '*' or '&' needs quotes)",
      "3:40 an alias (*name) without an anchor (&name) before it (a text that begins with '*' needs quotes)",
    ],
  ],
  [
    'a comma that is missing, and a brace too many',
    `${head}steps:\n  - { id: a, run: { image: x commands: [ls] } }\n  - { id: b, build: { image: x } }}\n`,
    [
      "4:28 a key within the value of another one (a comma stands between keys; a text that contains ': ' needs quotes)",
      '5:35 this closes what nothing has opened (remove it)',
    ],
  ],
  [
    'a tab in a text of several lines',
    `${head}steps:\n  - id: a\n    run:\n      image: x\n      commands:\n        - |\n          a\n\t\tb\n`,
    ['10:1 a tab cannot indent YAML (use spaces)'],
  ],
  [
    'a space of a web page before a key, and none after a colon',
    `${head}steps:\n  - id: a\n\u00a0   run: { image:x, commands: [ls] }\n`,
    [
      "4:5 step 'a' does nothing (give it one of: build, push, run, deploy, approve, job, trigger)",
      "5:1 unknown key '\u00a0   run' (it has a space that is no plain one (U+00A0) in it: replace it with a plain space)",
    ],
  ],
  [
    'a key and its value in one',
    `${head}steps:\n  - { id: a, run: { image:x, from: a, commands: [ls] } }\n`,
    expect.arrayContaining(["4:21 unknown key 'image:x' (a space is missing after the colon: image: x)"]),
  ],
  [
    'only what the one key says that is needed',
    `name: cart\nsource: shop\nsteps:\n  - { id: a, trigger: e2e }\n  - { id: b, build: shop/cart }\n`,
    [
      '2:9 expected keys with values, got text (write { repository: shop })',
      '4:23 expected keys with values, got text (write { pipeline: e2e })',
      '5:21 expected keys with values, got text (write { image: shop/cart })',
    ],
  ],
  [
    'a key that needs nothing further, without its braces',
    `${head}on:\n  tag:\n${steps}`,
    [
      '4:7 expected keys with values, got nothing (tag: {} takes every default; its keys, indented below it: tags)',
    ],
  ],
  [
    'what is too much or too little',
    `${head}concurrency: { limit: 0, queue-timeout: 10s }\nsteps:\n  - { id: a, run: { image: x, commands: [ls], retry: { max: 20, on: [300] } } }\n  - { id: b, deploy: { environment: e, manifests: d, gates: [{ name: g, query: q, min: 3, max: 1, failures: 0 }] } }\n`,
    [
      "3:23 'limit' is at least 1",
      "3:41 'queue-timeout' lasts from 1m to 30d",
      "5:61 'max' is at most 10",
      "5:70 an entry of 'on' is at most 255",
      "6:62 no value passes this gate: 'min' is more than 'max'",
      "6:109 'failures' is at least 1",
    ],
  ],
  [
    'what is no regular expression',
    `${head}on: { commit: { messages: ['a(', '(?=b)'] } }\n${steps}`,
    [
      '3:28 this is no regular expression of RE2: missing closing ) (RE2 has no look-around and no back-references)',
      '3:34 this is no regular expression of RE2: invalid or unsupported Perl syntax (RE2 has no look-around and no back-references)',
    ],
  ],
])('%s', (_mistake, text, told) => {
  expect(problemsOf(text).map(asText)).toEqual(told);
});
