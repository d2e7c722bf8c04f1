import { expect, test } from 'vitest';
import { load, problemsOf } from './load-config.ts';

test('drift is a time, nothing, or says also what becomes of it and what is none', async () => {
  const { config } = await load({
    file: `
environments:
  usual: { kubernetes: {} }
  often: { kubernetes: {}, drift: 1h }
  never: { kubernetes: {}, drift: false }
  ruled:
    kubernetes: {}
    drift: { mode: correct, ignore: [{ object: 'deployment/*', path: spec.replicas }, { object: job/old }] }
  asked: { kubernetes: {}, drift: { every: false } }
`,
  });

  const found = Object.values(config?.environments ?? {}).map((one) => [one.driftEveryMs, one.driftRules]);
  const day = 24 * 3_600_000;
  expect(found).toEqual([
    [day, undefined],
    [3_600_000, undefined],
    [null, undefined],
    [
      day,
      {
        mode: 'correct',
        ignore: [
          { object: 'deployment/*', path: 'spec.replicas' },
          { object: 'job/old', path: null },
        ],
      },
    ],
    [null, { mode: 'warn', ignore: [] }],
  ]);
});

test.for([
  ['{ ignore: [{}] }', "name 'object', 'path' or both"],
  ['{ ignore: [{ object: cart }] }', "an object is written as 'kind/name'"],
  ['{ mode: fix }', 'correct'],
] as const)('%s is a mistake that is told', async ([written, told]) => {
  const problems = await problemsOf(`environments:\n  one: { kubernetes: {}, drift: ${written} }\n`);

  expect(problems.join('\n')).toContain(told);
});
