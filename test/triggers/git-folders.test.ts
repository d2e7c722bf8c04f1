import { expect, test } from 'vitest';
import { waitFor } from '../support/wait-for.ts';
import { given } from './git-triggers-under-test.ts';
import { pipelineOf } from './triggers-under-test.ts';

test('Git: where the folder of a pipeline is gone, or a branch or tag never had it, nothing runs, and that is said', async () => {
  const cart = pipelineOf('cart', { path: 'cart', branches: ['**'] });
  const { pipeline } = cart;
  const tagged = { ...pipeline, on: { ...pipeline.on, commit: null, tag: { tags: ['**'] } } };
  await using site = await given([
    cart,
    { ...cart, name: 'tagged', pipeline: { ...tagged, name: 'tagged' } },
  ]);
  const { git, first, db } = site;
  await site.watch({ pollMs: 100 });
  const decisions = async (count: number) => {
    const query = db
      .selectFrom('decision')
      .innerJoin('change', 'change.id', 'decision.change_id')
      .select(['pipeline', 'branch', 'revision', 'verdict', 'filters'])
      .orderBy('change.created_at')
      .orderBy('pipeline');
    const rows = await waitFor(async () => (await query.execute()).length === count && query.execute(), {
      what: `${count} decisions`,
    });
    return rows.map(({ pipeline: name, branch, revision, verdict, filters }) => {
      const source = filters.find(({ filter }) => filter === 'source')?.actual;
      return [name, branch, revision, verdict, source];
    });
  };

  const made = await git.commit({ files: { 'cart/a.txt': '1', 'cart/b.txt': '1' } });
  await decisions(2);
  const fewer = await git.commit({ files: { 'cart/a.txt': null } });
  await decisions(4);
  const none = await git.commit({ files: { 'cart/b.txt': null } });
  await decisions(6);
  await git.git('branch', 'old', first);
  await decisions(8);
  await git.git('tag', 'v1', first);

  const all = await decisions(10);
  expect(all.filter(([name, branch]) => name === 'cart' && branch !== 'tags/v1')).toEqual([
    ['cart', 'main', made, 'run', 'exists'],
    ['cart', 'main', fewer, 'run', 'exists'],
    ['cart', 'main', none, 'skip', 'is not there'],
    ['cart', 'old', first, 'skip', 'is not there'],
  ]);
  expect(all.filter(([, branch]) => branch === 'tags/v1')).toEqual([
    ['cart', 'tags/v1', first, 'skip', 'is not there'],
    ['tagged', 'tags/v1', first, 'skip', 'is not there'],
  ]);
});
