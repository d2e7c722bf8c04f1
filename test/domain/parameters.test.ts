import { describe, expect, test } from 'vitest';
import {
  defaultParameters,
  parameterTexts,
  parameterVariable,
  resolveParameters,
} from '../../src/domain/parameters.ts';
import type { Pipeline } from '../../src/domain/pipeline.ts';
import { asText, pipelineOf, problemsOf } from './read-pipeline.ts';

const steps = 'steps:\n  - { id: one, run: { image: x, commands: [x] } }\n';

function file(parameters: string, rest = steps): string {
  return `name: cart\nsource: { repository: shop }\nparameters:\n  ${parameters.split('\n').join('\n  ')}\n${rest}`;
}

const four = `size: { type: choice, options: [small, large], default: small }
dry-run: { type: boolean, default: false }
count: { type: number, default: 2 }
version: { pattern: 'v[0-9]+', description: What to release }`;

function parametersOf(pipeline: Pipeline) {
  return pipeline.parameters ?? [];
}

const declared = parametersOf(pipelineOf(file(four)));

describe('values for a run', () => {
  test('are taken as they are or as text, and the others have their defaults', () => {
    expect(resolveParameters(declared, { version: 'v1', count: '3.5', 'dry-run': 'true' })).toEqual({
      values: { size: 'small', 'dry-run': true, count: 3.5, version: 'v1' },
    });
    expect(resolveParameters(declared, { version: 'v1', count: -1, 'dry-run': true, size: 'large' })).toEqual(
      {
        values: { size: 'large', 'dry-run': true, count: -1, version: 'v1' },
      },
    );
  });

  test('that are wrong are told all at once, with what is taken and what was given', () => {
    const given = { sise: 'x', size: 'huge', 'dry-run': 'yes', count: '1e3', version: `x${'y'.repeat(200)}` };

    expect(resolveParameters(declared, given)).toEqual({
      problems: [
        "there is no parameter 'sise' (did you mean 'size'?)",
        "parameter 'size' takes one of small, large; 'huge' was given",
        "parameter 'dry-run' takes true or false; 'yes' was given",
        "parameter 'count' takes a number; '1e3' was given",
        `parameter 'version' takes text that matches v[0-9]+; 'x${'y'.repeat(97)}… was given`,
      ],
    });
  });

  test('that are missing without a default, or of another kind, are refused', () => {
    expect(resolveParameters(declared, {})).toEqual({
      problems: ["parameter 'version' is missing; it takes text that matches v[0-9]+"],
    });
    expect(resolveParameters(declared, { version: { a: 1 } })).toEqual({
      problems: [`parameter 'version' takes text that matches v[0-9]+; {"a":1} was given`],
    });
    expect(resolveParameters([], { size: 'x' })).toEqual({
      problems: ["there is no parameter 'size' (the pipeline takes none)"],
    });
    expect(resolveParameters(parametersOf(pipelineOf(file('name: {}'))), { name: 'a\0b' })).toMatchObject({
      problems: [expect.stringContaining("parameter 'name' takes text of at most 10000 characters")],
    });
  });

  test('are told to templates and environments as text', () => {
    expect(defaultParameters(declared)).toEqual({ size: 'small', 'dry-run': false, count: 2 });
    expect(parameterTexts({ size: 'small', 'dry-run': false, count: 2, list: [1] })).toEqual({
      size: 'small',
      'dry-run': 'false',
      count: '2',
    });
    expect(parameterVariable('dry-run')).toBe('PARAM_DRY_RUN');
  });
});

describe('in the file', () => {
  test.each([
    ['a choice without options', 'a: { type: choice }', '4:14 a choice needs options'],
    [
      'options of something else',
      'a: { options: [x] }',
      '4:17 options are of a choice, and this is a string (say type: choice)',
    ],
    [
      'a default that is not taken',
      'a: { type: number, default: three }',
      '4:31 the default is not taken: it takes a number',
    ],
    [
      'a default of another kind',
      "a: { type: boolean, default: 'true' }",
      '4:32 the default is not taken: it takes true or false',
    ],
    [
      'a version that YAML reads as a number',
      'a: { default: 1.10 }',
      '4:17 the default is not taken: it takes text of at most 10000 characters (YAML reads a number here: put it in quotes)',
    ],
    [
      'a pattern of a number',
      "a: { type: number, pattern: '1' }",
      '4:31 a pattern is of a string, and this is a number',
    ],
    [
      'a word of another server',
      'a: { required: true }',
      "4:8 unknown key 'required' (did you mean 'default'?)",
    ],
    [
      'two names of one variable',
      'a-b: {}\na_b: {}',
      '5:8 another parameter is the variable PARAM_A_B already',
    ],
    [
      'a name that is none',
      '1a: {}',
      '4:3 such a name has 1 to 40 letters, digits, dashes and underscores, and begins with a letter',
    ],
  ])('%s is a mistake', (_, parameters, problem) => {
    expect(problemsOf(file(parameters)).map(asText)).toEqual([problem]);
  });

  test('a parameter without a default is a mistake where runs start by themselves', () => {
    const text = file('version: {}', `on: { schedule: { cron: '@daily' } }\n${steps}`);

    expect(problemsOf(text).map(asText)).toEqual([
      "4:3 nobody can give the parameter 'version' to runs that start by themselves (on: schedule) (give it a default)",
    ]);
  });

  test('parameters are read by templates and conditions, which must know them', () => {
    const rest = `concurrency: { group: '\${parameters.size}' }
steps:
  - { id: image, build: { image: shop/cart, args: { S: '\${parameters.sise}' } } }
  - { id: push, push: { image, tags: ['\${parameters.size}-\${run}', '\${parameters.x}'] } }
  - { id: one, when: { parameters: { size: [small, huge], sise: 1 } }, run: { image: x, commands: [x], env: { A: '\${parameters.b}' } } }
`;

    expect(problemsOf(file(four, rest)).map(asText)).toEqual([
      "10:56 there is no parameter 'sise' (did you mean 'size'?)",
      "11:68 there is no parameter 'x' (known here: size, dry-run, count, version)",
      "12:44 parameter 'size' is never this: it takes one of small, large",
      "12:59 there is no parameter 'sise' (did you mean 'size'?)",
      "12:114 there is no parameter 'b' (known here: size, dry-run, count, version)",
    ]);
  });

  test('a file without parameters says how to have one', () => {
    const rest = "steps:\n  - { id: one, run: { image: x, commands: [x], env: { A: '${parameters.b}' } } }\n";

    expect(problemsOf(`name: cart\nsource: { repository: shop }\n${rest}`).map(asText)).toEqual([
      "4:58 there is no parameter 'b' (the file declares none: add it under parameters)",
    ]);
  });
});
