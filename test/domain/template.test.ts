import fc from 'fast-check';
import { expect, test } from 'vitest';
import { branchSlug } from '../../src/domain/branch-slug.ts';
import { expandTemplate, parametersIn, templateMistakes, templateNames } from '../../src/domain/template.ts';

const values = {
  pipeline: 'cart',
  run: '12',
  repository: 'shop',
  branch: 'branches/a',
  'renamed-from': '',
  'branch-slug': 'branches-a-1234567890',
  revision: '7',
  'short-revision': '7',
  'last-changed-revision': '5',
  author: '${run}',
  trigger: 'commit',
  paths: 'a b',
  'merge-request': '3',
  'source-branch': 'topic',
  'target-branch': 'main',
  parameters: { size: 'large' },
};

test('a template is filled in once: values are not read again', () => {
  expect(expandTemplate('r${revision}-${run} by ${author}', values)).toBe('r7-12 by ${run}');
});

test('a template reads parameters by their names, which it can tell', () => {
  const text = 'x-${parameters.size}-$${parameters.other}';

  expect(expandTemplate(text, values)).toBe('x-large-${parameters.other}');
  expect(templateMistakes(text)).toEqual([]);
  expect(parametersIn(text)).toEqual(['size']);
  expect(templateMistakes('${parameters}${parameters.}')).toHaveLength(2);
});

test('a doubled dollar sign keeps the braces, a single one without braces is plain text', () => {
  expect(expandTemplate('$${HOME} $5 ${run}$', values)).toBe('${HOME} $5 12$');
  expect(templateMistakes('$${HOME} $5 {}')).toEqual([]);
});

test('unknown names, names outside of the allowed ones and open braces are told with their places', () => {
  expect(templateMistakes('a ${brnch} ${constructor} ${author}', ['run'])).toEqual([
    { offset: 2, name: 'brnch' },
    { offset: 11, name: 'constructor' },
    { offset: 26, name: 'author' },
  ]);
  expect(templateMistakes('x${run')).toEqual([{ offset: 1, name: null }]);
});

test('a template without mistakes always expands, to a text without the names', () => {
  const parts = fc.oneof(fc.string(), fc.constantFrom(...templateNames.map((name) => `\${${name}}`)));
  fc.assert(
    fc.property(fc.array(parts), (pieces) => {
      const template = pieces.join('');
      fc.pre(templateMistakes(template).length === 0);

      expect(() => expandTemplate(template, values)).not.toThrow();
    }),
  );
});

test('the slug of a branch is a DNS label', () => {
  fc.assert(
    fc.property(
      fc.string({ minLength: 1, maxLength: 80, unit: fc.constantFrom(...'aZ09-_./ 中é\0') }),
      (branch) => {
        expect(branchSlug(branch)).toMatch(/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/);
      },
    ),
  );
});

test('a plain branch name is its own slug', () => {
  expect(branchSlug('trunk')).toBe('trunk');
});

test('two branches never share a slug', () => {
  const near = [
    'branches/a',
    'branches-a',
    'branches/A',
    'branches_a',
    branchSlug('branches/a'),
    `${'a'.repeat(70)}1`,
    `${'a'.repeat(70)}2`,
  ];

  expect(new Set(near.map(branchSlug)).size).toBe(near.length);
});
