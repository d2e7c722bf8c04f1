import { mkdir } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { catalogueOf, namesOf } from './catalogue-of.ts';

describe('an included file', () => {
  const including = `name: cart
source: { repository: shop }
include: [{ file: shared/node.yaml }]
steps: [{ id: test, extends: node }]
`;
  const node = 'templates: { node: { run: { image: busybox, commands: [ls] } } }\n';

  test('is no pipeline, and its change changes the pipelines that include it', async () => {
    await using opened = await catalogueOf({ 'cart.yaml': including });
    await mkdir(opened.path('shared'));
    await opened.put('shared/node.yaml', node);
    const before = opened.catalogue.get('cart')?.pipeline.steps;

    await opened.put('shared/node.yaml', node.replace('[ls]', '[pwd, id]'));

    expect(before).toMatchObject([{ id: 'test', commands: ['ls'] }]);
    expect(opened.catalogue.get('cart')?.pipeline.steps).toMatchObject([{ commands: ['pwd', 'id'] }]);
    expect(namesOf(opened.catalogue)).toEqual(['cart']);
  });

  test('has its mistakes told, and can be shown with them', async () => {
    await using opened = await catalogueOf({ 'cart.yaml': including });
    await mkdir(opened.path('shared'));
    await opened.put('shared/node.yaml', node.replace('[ls]', '[]'));

    const { problems, source } = opened.catalogue.file('node.yaml') ?? {};

    expect(problems).toMatchObject([{ file: opened.path('shared/node.yaml'), line: 1 }]);
    expect(source).toContain('commands: []');
    expect(namesOf(opened.catalogue)).toEqual([]);
  });

  test('of a repository is waited for with the pipeline as it was', async () => {
    const answers = new Map<string, string>();
    const get = ({ at }: { at: { revision: string } | null }) => {
      const text = answers.get(at?.revision ?? '');
      return text === undefined ? null : { name: 'node', text };
    };
    await using opened = await catalogueOf({}, { get });
    const pinned = (revision: number) =>
      including.replace('file: shared/node.yaml', `repository: shop, file: node.yaml, revision: ${revision}`);
    answers.set('1', node);
    await opened.put('cart.yaml', pinned(1));
    const first = opened.catalogue.get('cart')?.pipeline.files;
    await opened.put('cart.yaml', pinned(22));

    const meanwhile = opened.catalogue.get('cart')?.pipeline.files;
    const problems = opened.catalogue.problems();
    answers.set('22', node);

    expect(first).toMatchObject([{ revision: '1' }]);
    expect(meanwhile).toEqual(first);
    expect(problems).toMatchObject([
      { line: 3, message: expect.stringContaining('is being read from shop') },
    ]);
    expect(opened.catalogue.get('cart')?.pipeline.files).toMatchObject([{ revision: '22' }]);
    expect(opened.catalogue.problems()).toEqual([]);
  });
});
