import { expect, test } from 'vitest';
import type { BranchCase } from '../../src/domain/branch-events.ts';
import { noTriggers } from '../../src/domain/no-triggers.ts';
import { explainEvent } from '../../src/triggers/explain-event.ts';
import type { CatalogueEntry } from '../../src/triggers/watch.ts';
import { pipelineOf } from './triggers-under-test.ts';
import { watchedShop } from './watched-shop.ts';

function asked(event: BranchCase): CatalogueEntry {
  const entry = pipelineOf(event);
  const branch = { events: [event], branches: ['**'] };
  return { ...entry, pipeline: { ...entry.pipeline, on: { ...noTriggers, branch } } };
}

test('Subversion: a branch that a commit moves is renamed, what takes the place of another replaces it, and pipelines may ask for that', async () => {
  const layout = ['{project}/trunk', '{project}/branches/*'];
  await using shop = await watchedShop([asked('renamed'), asked('replaced')], { layout });
  const { db } = shop.triggers.store;
  await shop.change('mkdir one mkdir one/branches cp 1 trunk one/trunk cp 1 trunk one/branches/a');
  await shop.change('cp 2 one/branches/a one/branches/b');

  const moved = await shop.change('mv one/branches/a one/branches/c');
  await shop.change('rm one/branches/c mv one/branches/b one/branches/c');
  await shop.change('rm one/branches/c cp 4 one/trunk one/branches/c');
  await shop.change('mv one two');

  const runs = await db
    .selectFrom('run')
    .selectAll()
    .orderBy('move')
    .orderBy('branch')
    .orderBy('pipeline')
    .execute();
  expect(
    runs.map(({ pipeline, branch, move, told }) => `${pipeline} ${branch} ${move} ${told.renamedFrom}`),
  ).toEqual([
    'renamed one/branches/c 4 one/branches/a',
    'renamed one/branches/c 5 one/branches/b',
    'replaced one/branches/c 5 one/branches/b',
    'replaced one/branches/c 6 undefined',
    'renamed two/branches/c 7 one/branches/c',
    'renamed two/trunk 7 one/trunk',
  ]);
  const renamed = { from: 'one/branches/a', to: 'one/branches/c' };
  const explained = await explainEvent(db, moved);
  expect(explained?.changes).toMatchObject([
    { branch: 'one/branches/a', happened: 'deleted', renamed },
    { branch: 'one/branches/c', happened: 'created', renamed, is_replaced: null },
  ]);
  expect(explained?.changes[1]?.decisions.map(({ filters }) => filters[1]?.actual)).toEqual([
    'branch created, renamed from one/branches/a',
    'branch created, renamed from one/branches/a',
  ]);
});
