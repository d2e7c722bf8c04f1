import fc from 'fast-check';
import { expect, test } from 'vitest';
import { localPipeline, parseVariable } from '../../src/domain/local-pipeline.ts';
import { expandTemplate } from '../../src/domain/template.ts';
import { buildStep, head, pipelineOf } from './read-pipeline.ts';

const pipeline = pipelineOf(`${head}steps:
  - ${buildStep}
  - { id: lint, needs: [], run: { image: node, commands: [lint] } }
  - { id: test, needs: [image], run: { from: image, commands: [test], env: { A: '1', B: '2' } } }
  - { id: flaky, run: { from: image, commands: [x], retry: { max: 4, on: [failure] } } }
`);

test('one step brings those that it needs, and no other', () => {
  const chosen = localPipeline(pipeline, { only: 'test', env: {} });

  expect(chosen.steps.map(({ id }) => id)).toEqual(['image', 'test']);
});

test('faults are tried again once, failures as often as the file says', () => {
  const { steps } = localPipeline(pipeline, { only: null, env: {} });

  expect(steps.map(({ retry }) => retry.max)).toEqual([1, 1, 1, 4]);
});

test('variables come over those of the file, and are no templates, whatever they hold', () => {
  const names = [
    'pipeline',
    'run',
    'repository',
    'branch',
    'branch-slug',
    'revision',
    'short-revision',
    'author',
  ];
  const values = Object.fromEntries(names.map((name) => [name, 'expanded']));
  const piece = fc.constantFrom('$', '{', '}', '${', '$${', '${run}', '=', '\n', 'ü');

  fc.assert(
    fc.property(fc.array(piece), (pieces) => {
      const value = pieces.join('');
      const variable = parseVariable(`B=${value}`);
      const { steps } = localPipeline(pipeline, { only: null, env: { B: variable?.value ?? 'none' } });
      const env = steps[2]?.kind === 'run' ? steps[2].env : {};

      expect(
        expandTemplate(env.B ?? '', { ...values, parameters: {} } as Parameters<typeof expandTemplate>[1]),
      ).toBe(value);
      expect(env.A).toBe('1');
    }),
  );
});

test('a variable is a name, an equals sign and a value', () => {
  expect(parseVariable('A_1=')).toEqual({ name: 'A_1', value: '' });
  expect(['A', '=x', '1A=x', 'a b=x', ''].map(parseVariable)).toEqual([null, null, null, null, null]);
});

test('a variable that is given takes the place of a secret', () => {
  const secrets = pipelineOf(`${head}steps:
  - { id: publish, run: { image: node, commands: [x], secrets: { TOKEN: npm-token, OTHER: other } } }
`);

  const { steps } = localPipeline(secrets, { only: null, env: { TOKEN: 'mine' } });

  expect(steps[0]).toMatchObject({ env: { TOKEN: 'mine' }, secrets: { OTHER: 'other' } });
  expect(steps[0]).not.toHaveProperty('secrets.TOKEN');
});
