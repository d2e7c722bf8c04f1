import { describe, expect, test } from 'vitest';
import type { RunStep } from '../../src/domain/pipeline.ts';
import { expandTemplate, type TemplateValues } from '../../src/domain/template.ts';
import { head, pipelineOf, problemsOfSteps } from './read-pipeline.ts';

function stepsOf(...steps: string[]): RunStep[] {
  const { steps: read } = pipelineOf(`${head}steps:\n${steps.map((step) => `  - ${step}\n`).join('')}`);
  return read as RunStep[];
}

const run =
  "run: { image: 'node:${matrix.node}', commands: [x], env: { A: 'x${matrix.node}', B: '$${matrix.node}' } }";

describe('a step with a matrix', () => {
  test('is a step for each combination, with its values in image, environment and name', () => {
    const steps = stepsOf(
      `{ id: test, allow-failure: true, matrix: { axes: { node: [20, 22], 'my-db': [Postgres 16, lite] } }, ${run} }`,
    );

    expect(steps.map(({ id }) => id)).toEqual([
      'test-20-postgres-16',
      'test-20-lite',
      'test-22-postgres-16',
      'test-22-lite',
    ]);
    expect(steps[0]).toMatchObject({
      from: { image: 'node:20' },
      needs: [],
      allowFailure: true,
      env: { MATRIX_NODE: '20', MATRIX_MY_DB: 'Postgres 16', A: 'x20', B: '$${matrix.node}' },
    });
    expect(steps.every(({ needs }) => needs.length === 0)).toBe(true);
  });

  test('leaves out what is excluded and has what is included', () => {
    const matrix = `{ axes: { node: [20, 22], db: [a, b] }, exclude: [{ node: 20, db: b }, { node: 22 }], include: [{ db: c, node: 24 }] }`;

    expect(
      stepsOf(`{ id: test, matrix: ${matrix}, ${run} }`).map(({ env }) => [env.MATRIX_NODE, env.MATRIX_DB]),
    ).toEqual([
      ['20', 'a'],
      ['24', 'c'],
    ]);
  });

  test('is waited for as a whole by the step after it and by those that name it', () => {
    const plain = 'run: { image: x, commands: [x] }';
    const steps = stepsOf(
      `{ id: test, matrix: { axes: { node: [20, 22] } }, ${run} }`,
      `{ id: next, ${plain} }`,
      `{ id: named, needs: [test, next], ${plain} }`,
    );

    expect(steps.map(({ needs }) => needs)).toEqual([
      [],
      [],
      ['test-20', 'test-22'],
      ['test-20', 'test-22', 'next'],
    ]);
  });

  test('is numbered where its values make no names that can be told apart', () => {
    const steps = stepsOf(`{ id: test, matrix: { axes: { node: ['1.0', '1-0'] } }, ${run} }`);

    expect(steps.map(({ id }) => id)).toEqual(['test-1', 'test-2']);
  });

  test('keeps values from being read as templates', () => {
    const [step] = stepsOf(
      "{ id: test, matrix: { axes: { a: ['${branch}'] } }, run: { image: x, commands: [x], env: { A: '${matrix.a}' } } }",
    );
    const values = { branch: 'trunk', parameters: {} } as unknown as TemplateValues;

    expect(expandTemplate(step?.env.A ?? '', values)).toBe('${branch}');
    expect(expandTemplate(step?.env.MATRIX_A ?? '', values)).toBe('${branch}');
  });
});

describe('mistakes', () => {
  const plain = 'run: { image: x, commands: [x] }';
  const numbers = Array.from({ length: 25 }, (_, index) => index).join(', ');

  test.each([
    [
      'an axis that is not there',
      `{ id: t, matrix: { axes: { nod: [1] } }, ${run} }`,
      [
        "4:108 the matrix has no axis 'node' (did you mean 'nod'?)",
        "4:60 the matrix has no axis 'node' (did you mean 'nod'?)",
      ],
    ],
    [
      'no matrix',
      `{ id: t, run: { image: 'x:\${matrix.a}', commands: [x] } }`,
      ['4:28 there is no matrix here for ${matrix.a}'],
    ],
    [
      'too many',
      `{ id: t, matrix: { axes: { a: [${numbers}] } }, ${plain} }`,
      ['4:14 this matrix has 25 combinations; at most 24 (exclude some, or make two steps of it)'],
    ],
    [
      'nothing left',
      `{ id: t, matrix: { axes: { a: [1] }, exclude: [{ a: 1 }] }, ${plain} }`,
      ['4:14 everything is excluded from this matrix'],
    ],
    [
      'an exclusion without effect',
      `{ id: t, matrix: { axes: { a: [1] }, exclude: [{ a: 2 }] }, ${plain} }`,
      ['4:52 this excludes nothing: no combination has these values'],
    ],
    [
      'an incomplete combination',
      `{ id: t, matrix: { axes: { a: [1], b: [1] }, include: [{ a: 2 }] }, ${plain} }`,
      ['4:60 this combination has no value for b'],
    ],
    [
      'a step that builds',
      '{ id: t, matrix: { axes: { a: [1] } }, build: { image: shop/cart } }',
      ["4:14 step 't' is build and cannot have a matrix (only run steps have one)"],
    ],
    [
      'an image that is none',
      "{ id: t, matrix: { axes: { a: ['1 0'] } }, run: { image: 'x:${matrix.a}', commands: [x] } }",
      ["4:62 'x:1 0' is no image reference"],
    ],
    [
      'a number that YAML shortens',
      `{ id: t, matrix: { axes: { a: [1.10] } }, ${plain} }`,
      [
        "4:36 expected text or a whole number, but YAML reads 1.10 as the number 1.1 (put it in quotes: '1.10')",
      ],
    ],
    [
      'a value, and a combination, that is there already',
      `{ id: t, matrix: { axes: { a: [1, '1'], b: [x] }, include: [{ a: 2, b: x }, { b: x, a: 2 }] }, ${plain} }`,
      [
        "4:39 the axis 'a' has 1 already (remove one of them)",
        '4:81 the matrix has this combination already (remove it)',
      ],
    ],
    [
      'an axis of one letter that is another one',
      `{ id: t, matrix: { axes: { a: [1], b: [x] }, exclude: [{ c: 1 }] }, ${plain} }`,
      ["4:62 the matrix has no axis 'c' (known here: a, b)"],
    ],
  ])('%s', (_, step, problems) => {
    expect(problemsOfSteps(step).toSorted()).toEqual(problems);
  });

  test('an id that a step of the matrix takes from another', () => {
    expect(
      problemsOfSteps(`{ id: t-1, ${plain} }`, `{ id: t, matrix: { axes: { a: [1] } }, ${plain} }`),
    ).toEqual(["5:11 the matrix makes a step 't-1', and there is one with that id already"]);
  });
});
