import fc from 'fast-check';
import { expect, test } from 'vitest';
import { coverOutputs, parseOutputs, readOutputs } from '../../src/domain/command-outputs.ts';
import { missingOutput } from '../../src/domain/output-references.ts';
import {
  expandTemplate,
  outputsIn,
  type TemplateValues,
  templateMistakes,
} from '../../src/domain/template.ts';
import { asText, buildStep, head, pipelineOf, problemsOf, problemsOfSteps } from './read-pipeline.ts';

const version = `{ id: version, run: { image: busybox, commands: ['true'] } }`;

test('lines of NAME=value are read: the last of a name counts, and a value may hold anything but a line break', () => {
  const text = 'A=1\r\n\nB= x=y ${run} 中\nA=2\nEMPTY=\n';

  expect(parseOutputs(text)).toEqual({ outputs: { A: '2', B: ' x=y ${run} 中', EMPTY: '' } });
  expect(parseOutputs('')).toEqual({ outputs: {} });
});

test.each([
  ['A=1\nno pair', 'line 2 is not NAME=value'],
  ['1A=x', 'line 1 is not NAME=value'],
  ['A B=x', 'line 1 is not NAME=value'],
  [`${'N'.repeat(65)}=x`, 'line 1 has a name of more than 64 characters'],
  [`A=${'中'.repeat(1366)}`, 'line 1 has more than 4096 bytes for A'],
  ['A=\0', 'line 1 has a character in A that cannot be kept (NUL)'],
  [Array.from({ length: 65 }, (_, index) => `N${index}=x`).join('\n'), 'has more than 64 names'],
])('%j is refused with its reason', (text, mistake) => {
  expect(parseOutputs(text)).toEqual({ mistake: expect.stringContaining(mistake) });
});

test('whatever can be written as outputs comes out of a template as it was, and is read only once', () => {
  const name = fc.stringMatching(/^[A-Za-z_][A-Za-z0-9_]{0,63}$/);
  const value = fc.oneof(fc.string(), fc.constantFrom('${run}', 'a$', '{run}', '$${')).filter(isOneLine);
  fc.assert(
    fc.property(name, value, (key, text) => {
      const parsed = parseOutputs(`${key}=${text}\n`);
      if ('mistake' in parsed) throw new Error(parsed.mistake);
      const outputs = new Map([['version', readOutputs(parsed)]]);

      const template = `<\${steps.version.outputs.${key}}\${steps.version.outputs.${key}}>`;

      expect(templateMistakes(template)).toEqual([]);
      expect(outputsIn(template)).toHaveLength(2);
      expect(expandTemplate(template, { parameters: {}, outputs } as unknown as TemplateValues)).toBe(
        `<${text}${text}>`,
      );
    }),
  );
});

function isOneLine(text: string): boolean {
  return !/[\r\n\0]/.test(text);
}

test('secrets are covered in outputs, and nothing else of a stored output changes', () => {
  const mask = (text: string) => text.replaceAll('hunter2', '***');

  expect(coverOutputs({ outputs: { A: 'is hunter2' } }, mask)).toEqual({ outputs: { A: 'is ***' } });
  expect(coverOutputs({ leftOut: true }, mask)).toEqual({ leftOut: true });
});

test('outputs can be read in args, tags and env of the steps that come after', () => {
  const { steps } = pipelineOf(`${head}steps:
  - ${version}
  - { id: image, build: { image: shop/cart, args: { V: '\${steps.version.outputs.V}' } } }
  - { id: push, push: { image: image, tags: ['\${steps.version.outputs.V}'] } }
  - { id: test, run: { image: busybox, commands: ['true'], env: { V: 'v\${steps.version.outputs.V}' } } }
`);

  expect(steps[3]).toMatchObject({ env: { V: 'v${steps.version.outputs.V}' } });
});

const reader = (place: string) =>
  `{ id: test, ${place}run: { image: busybox, commands: ['true'], env: { V: '\${steps.version.outputs.V}' } } }`;

test.each([
  {
    title: 'an unknown step',
    steps: [version.replace('version', 'versions'), reader('')],
    problem: "there is no step 'version' (did you mean 'versions'?)",
  },
  {
    title: 'a step that does not come before',
    steps: [version, reader('needs: [], ')],
    problem: "step 'test' uses an output of 'version' but does not wait for it (add 'version' to its needs)",
  },
  {
    title: 'a step that runs no commands',
    steps: [buildStep.replace('id: image', 'id: version'), reader('')],
    problem:
      "step 'version' has no outputs: only run and push steps do (push its image, and read 'image' of that push step)",
  },
  {
    title: 'a step with a matrix',
    steps: [version.replace('run:', 'matrix: { axes: { a: [1, 2] } }, run:'), reader('')],
    problem:
      "step 'version' has a matrix: its outputs would be those of several steps (write them in a run step without one)",
  },
])('$title cannot give an output', ({ steps, problem }) => {
  const problems = problemsOfSteps(...steps);

  expect(problems).toEqual([expect.stringContaining(problem)]);
});

test('the group of a run is decided before any step has left anything', () => {
  const text = `${head}concurrency: { group: '\${steps.version.outputs.V}' }\nsteps:\n  - ${version}\n`;

  expect(problemsOf(text).map(asText)).toEqual([
    expect.stringContaining('${steps.version.outputs.V} cannot be read here: no step has run yet'),
  ]);
});

test('a step whose output is missing says which, and what there is instead', () => {
  const [, step] = pipelineOf(`${head}steps:\n  - ${version}\n  - ${reader('')}\n`).steps;
  if (step === undefined) throw new Error('no step');
  const after = (outputs: Record<string, string>) => new Map([['version', { outputs }]]);

  expect(missingOutput(step, after({ V: '' }))).toBeNull();
  expect(missingOutput(step, after({ W: '1', X: '2' }))).toBe('step version has left no output V: only W, X');
  expect(missingOutput(step, new Map([['version', {}]]))).toBe(
    'step version has left no output V: it wrote nothing to $TRUNKLINE_OUTPUT',
  );
  expect(missingOutput(step, new Map())).toBe(
    'step version has left no output V: it was skipped, or has not succeeded',
  );
});
