import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { parsePipeline } from '../../src/domain/pipeline-file.ts';
import { renderProblem } from '../../src/domain/problem.ts';
import { root } from '../docs/markdown.ts';
import { examples, examplesFolder } from './examples.ts';

test.each(Object.entries(examples))(
  '%s is a correct pipeline, for the server and for editors',
  (name, text) => {
    const parsed = parsePipeline(text, `${name}.yaml`);
    const problems = 'problems' in parsed ? parsed.problems : [];
    const accepts = editorOf(text);

    expect(problems.map((problem) => renderProblem(problem, { color: false }))).toEqual([]);
    expect(accepts(parse(text)), JSON.stringify(accepts.errors)).toBe(true);
  },
);

test.each([
  ['an unknown key', 'stesp: []'],
  ['a wrong type', 'on: { commit: { paths: "**" } }'],
  ['a wrong name', 'name: Cart_1'],
  ['a wrong duration', 'steps: [{ id: a, build: { image: shop/cart, timeout: 10 minutes } }]'],
])('an editor sees %s', (_mistake, change) => {
  const text = examples.minimal ?? '';

  expect(editorOf(text)({ ...parse(text), ...parse(change) })).toBe(false);
});

test('the examples are listed in the README beside them', () => {
  const listed = readFileSync(join(root, 'pipelines/README.md'), 'utf8').matchAll(
    /\(examples\/([\w-]+)\.yaml\)/g,
  );

  expect([...listed].map(([, name]) => name).sort()).toEqual(Object.keys(examples));
});

/** Judges data as an editor does: by the schema that the file's first line names. */
function editorOf(text: string) {
  const [, place = ''] = /^# yaml-language-server: \$schema=(\S+)\n/.exec(text) ?? [];
  const schema = JSON.parse(readFileSync(join(examplesFolder, place), 'utf8'));
  return new Ajv2020({ allowUnionTypes: true, allErrors: true }).compile(schema);
}
