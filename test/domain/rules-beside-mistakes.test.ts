import { expect, test } from 'vitest';
import { asText, problemsOf } from './read-pipeline.ts';

const head = 'name: cart\nsource: { repository: shop }\n';
const rest = 'steps:\n  - { id: one, run: { image: x, commands: [x] } }\n';

test('all mistakes of a parameter are told at once, those of several keys and those of others beside them', () => {
  const problems = problemsOf(`${head}parameters:
  size: { type: choice, defualt: small }
  count: { type: number, options: [a], pattern: v, description: 7 }
  fast: { type: boolean, default: maybe, description: [] }
  fa-st: { type: colour, default: 1 }
  fa_st: { default: {} }
${rest}`);

  expect(problems.map(asText)).toEqual([
    '4:17 a choice needs options',
    "4:25 unknown key 'defualt' (did you mean 'default'?)",
    '5:35 options are of a choice, and this is a number (say type: choice)',
    '5:49 a pattern is of a string, and this is a number',
    expect.stringMatching(/^5:\d+ expected text/),
    '6:35 the default is not taken: it takes true or false',
    expect.stringMatching(/^6:\d+ expected text/),
    expect.stringMatching(/^7:\d+ expected one of: string, number/),
    expect.stringMatching(/^8:\d+ another parameter is the variable PARAM_FA_ST already/),
    expect.stringMatching(/^8:\d+ /),
  ]);
});

test('a timeout that leaves no room for the pauses is told beside all other mistakes of a deploy step', () => {
  const strategy = '{ canary: { steps: [{ percent: 20, pause: 10m }, { percent: 90, pause: 10m }] } }';
  const problems = problemsOf(`${head}steps:
  - id: out
    deploy: { environment: e, manifests: a.yaml, timeout: 15m, strategy: ${strategy}, soak: soon, gates: [] }
  - id: out-2
    deploy: { environment: e, manifests: a.yaml, timeout: soon, strategy: ${strategy}, wiat: true }
`);

  const told = problems.map(asText);
  expect(
    told.filter((text) => text.includes("take 20m, and 'timeout' gives all of an attempt 15m")),
  ).toHaveLength(1);
  expect(told).toHaveLength(7);
});

test('two gates of one name are told beside the mistakes in them', () => {
  const problems = problemsOf(`${head}steps:
  - id: out
    deploy:
      environment: e
      manifests: a.yaml
      gates: [{ name: errors, query: x, max: many }, { name: errors, query: x, max: 1 }, { query: x, max: 1 }]
`);

  expect(problems.map(asText).filter((text) => text.includes('two gates'))).toHaveLength(1);
});

test('mistakes of a parameter hide neither a name that no parameter has nor a parameter that nobody can give', () => {
  const problems = problemsOf(`${head}on: { commit: {} }
parameters:
  size: { type: choice, options: [small], default: medium }
  count: { type: number }
steps:
  - id: one
    when: { parameters: { size: huge, sise: small, count: many } }
    run: { image: x, commands: [x], env: { A: '\${parameters.nope}', B: '\${parameters.size}' } }
`);

  expect(problems.map(asText)).toEqual([
    '5:52 the default is not taken: it takes one of small',
    expect.stringContaining("6:3 nobody can give the parameter 'count'"),
    expect.stringContaining("9:39 there is no parameter 'sise'"),
    expect.stringContaining("9:59 parameter 'count' is never this: it takes a number"),
    expect.stringContaining("10:47 there is no parameter 'nope'"),
  ]);
});

test('a mistake in a step, or in its matrix, hides none of what its matrix includes and excludes', () => {
  const problems = problemsOf(`${head}steps:
  - id: one
    matrix: { axes: { node: [20, 22] }, exclude: [{ nod: 20 }], include: [{ os: x }], max: 3 }
    run: { image: 'node:\${matrix.nide}', commands: x }
`);

  expect(problems.map(asText)).toEqual([
    expect.stringContaining("5:53 the matrix has no axis 'nod'"),
    expect.stringContaining('5:75 this combination has no value for node'),
    expect.stringContaining("5:77 the matrix has no axis 'os'"),
    expect.stringContaining("5:87 unknown key 'max'"),
    expect.stringContaining("6:19 the matrix has no axis 'nide'"),
    expect.stringContaining('6:52 expected a list'),
  ]);
});
