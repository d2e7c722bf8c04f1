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
  expect(told.filter((text) => text.includes("take longer than 'timeout' allows"))).toHaveLength(1);
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
