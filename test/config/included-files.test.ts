import { mkdir } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { decidablePipelines } from '../../src/config/awaited-pipelines.ts';
import type { IncludeAnswer } from '../../src/domain/include.ts';
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

  test.each([
    ['is being read', null],
    ['is in a repository that is away', { problem: 'no answer', isForNow: true } as const],
  ])('that %s keeps what its pipeline is for from being decided', async (_how, answer) => {
    const known: { answer: IncludeAnswer | null } = { answer };
    const file = `${including.replace('file: shared/node.yaml', 'repository: shop, file: node.yaml, revision: 1')}
on: { pipeline: { name: base } }
`;
    const base =
      'name: base\nsource: { repository: shop }\nsteps: [{ id: a, run: { image: b, commands: [ls] } }]\n';
    const files = { 'base.yaml': base, 'cart.yaml': file };
    await using opened = await catalogueOf(files, { get: () => known.answer });
    const pipelines = decidablePipelines(opened.catalogue);

    const awaited = { name: 'cart', repository: 'shop', after: 'base' };
    expect(opened.catalogue.awaited()).toEqual([awaited]);
    expect(() => pipelines({ repository: 'shop' })).toThrow('Pipeline cart is not known yet');
    expect(() => pipelines({ name: 'cart' })).toThrow('Pipeline cart is not known yet');
    expect(pipelines({ repository: 'other' })).toMatchObject([{ name: 'base' }]);
    expect(pipelines()).toMatchObject([{ name: 'base' }]);

    known.answer = { name: 'node', text: node };

    expect(pipelines({ repository: 'shop' })).toMatchObject([{ name: 'base' }, { name: 'cart' }]);
    expect(opened.catalogue.awaited()).toEqual([]);
  });

  test('that is not there for good is waited for by nobody', async () => {
    const file = including.replace(
      'file: shared/node.yaml',
      'repository: shop, file: node.yaml, revision: 1',
    );
    await using opened = await catalogueOf(
      { 'cart.yaml': file },
      { get: () => ({ problem: 'no such file' }) },
    );

    expect(decidablePipelines(opened.catalogue)({ repository: 'shop' })).toEqual([]);
  });
});
