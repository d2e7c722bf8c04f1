import { sql } from 'kysely';
import { expect, test } from 'vitest';
import { Fault } from '../../src/domain/fault.ts';
import { collapsedChanges } from '../../src/store/waiting-changes.ts';
import { runQuietBranches } from '../../src/triggers/run-quiet-branches.ts';
import type { CatalogueEntry } from '../../src/triggers/watch.ts';
import { waitFor } from '../support/wait-for.ts';
import { startedBy } from './starter-under-test.ts';
import { cursorIn, pipelineOf, runsIn } from './triggers-under-test.ts';

const hourMs = 3_600_000;

/** A watched shop; `commit` resolves when the commit has been decided on. */
async function watchedShop(pipelines: CatalogueEntry[]) {
  const shop = await startedBy(pipelines);
  await shop.triggers.watch();
  await waitFor(async () => (await cursorIn(shop.triggers.store)) === 1, { what: 'the first contact' });
  const commitBy = async (author: string, ...paths: string[]): Promise<number> => {
    const files = Object.fromEntries(paths.map((path) => [path, `${Math.random()}`]));
    const revision = await shop.subversion.commit({ files, author });
    await shop.triggers.hook(revision);
    await waitFor(async () => (await cursorIn(shop.triggers.store)) === revision, { what: `r${revision}` });
    return revision;
  };
  return {
    ...shop,
    commitBy,
    commit: (...paths: string[]) => commitBy('alice', ...paths),
    /** As if so much time had gone by for what waits. */
    async pass(ms: number): Promise<void> {
      const wait_until = sql<Date>`wait_until - ${ms} * interval '1 millisecond'`;
      await shop.db.updateTable('decision').set({ wait_until }).where('verdict', '=', 'wait').execute();
    },
    async decisions(): Promise<string[]> {
      const rows = await shop.db
        .selectFrom('decision')
        .innerJoin('change', 'change.id', 'change_id')
        .select(['revision', 'branch', 'verdict', 'filters', 'run_id', 'collapsed_into'])
        .orderBy('move')
        .execute();
      return rows.map(({ revision, branch, verdict, filters, ...run }) => {
        const quiet = filters.find(({ filter }) => filter === 'quiet')?.actual ?? 'not asked';
        const how = [run.run_id && 'run', run.collapsed_into && 'collapsed'].filter(Boolean);
        return [`r${revision}`, branch, verdict, `(${quiet})`, ...how].join(' ');
      });
    },
  };
}

test('the newest commit of a branch runs when nothing more has come for as long as "quiet" says', async () => {
  await using shop = await watchedShop([pipelineOf('app', { quietMs: 1_000 })]);
  await shop.start();

  await shop.commit('trunk/a.txt');

  expect(await shop.runs(1)).toEqual(['app trunk r2 commit']);
  const { waitedMs } = await shop.db
    .selectFrom('run')
    .innerJoin('decision', 'run_id', 'run.id')
    .select(sql<number>`extract(epoch from run.created_at - decision.created_at) * 1000`.as('waitedMs'))
    .executeTakeFirstOrThrow();
  expect(Number(waitedMs)).toBeGreaterThanOrEqual(990);
  expect(shop.triggers.delivered).toHaveLength(1);
});

test('every commit that passes the filters makes its branch wait anew, and no other one does', async () => {
  const pipelines = [pipelineOf('app', { quietMs: hourMs, path: 'app', branches: ['trunk', 'branches/*'] })];
  await using shop = await watchedShop(pipelines);

  await shop.commit('trunk/app/a.txt');
  await shop.commit('branches/one/app/a.txt');
  await shop.pass(hourMs);
  await shop.commit('trunk/app/a.txt');
  await shop.commit('branches/one/docs/a.txt');
  await runQuietBranches(shop.dependencies);

  expect(await runsIn(shop.triggers.store)).toEqual(['app branches/one r3']);
  expect(await shop.decisions()).toEqual([
    'r2 trunk wait (waiting for that)',
    'r3 branches/one run (nothing came) run',
    'r4 trunk wait (waiting for that)',
    'r5 branches/one skip (not asked)',
  ]);
});

test('what waited is in the database: whichever servers look, the newest commit runs once and lists the others', async () => {
  await using shop = await watchedShop([pipelineOf('app', { quietMs: hourMs })]);
  await shop.commit('trunk/a.txt');
  await shop.commit('trunk/a.txt', 'trunk/b.txt');
  await shop.commit('trunk/c.txt');
  await shop.pass(hourMs);

  await Promise.all([1, 2, 3, 4].map(() => runQuietBranches(shop.dependencies)));
  await runQuietBranches(shop.dependencies);

  expect(await runsIn(shop.triggers.store)).toEqual(['app trunk r4']);
  expect(await shop.decisions()).toEqual([
    'r2 trunk skip (r4 came) collapsed',
    'r3 trunk skip (r4 came) collapsed',
    'r4 trunk run (nothing came) run',
  ]);
  const run = await shop.db.selectFrom('run').selectAll().executeTakeFirstOrThrow();
  expect(run.identity).toBe(JSON.stringify(['commit', 'app', 'shop', 1, 'trunk', 4]));
  expect(run.told).toEqual({ trigger: 'commit', paths: [''] });
  expect(shop.triggers.delivered).toEqual([run.id]);
  const collapsed = await collapsedChanges(shop.db, run.id);
  expect(collapsed.map(({ revision }) => revision)).toEqual(['3', '2']);
});

test('a pipeline that was removed meanwhile runs nothing, and the decision says so', async () => {
  await using shop = await watchedShop([pipelineOf('app', { quietMs: hourMs })]);
  await shop.commit('trunk/a.txt');
  await shop.pass(hourMs);

  await runQuietBranches({ ...shop.dependencies, findPipeline: () => undefined });

  expect(await runsIn(shop.triggers.store)).toEqual([]);
  const decision = await shop.db.selectFrom('decision').selectAll().executeTakeFirstOrThrow();
  expect(decision).toMatchObject({ verdict: 'skip', wait_until: null });
  expect(decision.filters.at(-1)).toMatchObject({ filter: 'pipeline', actual: 'removed while it waited' });
});

test('what waits when its repository is replaced by another one runs nothing, and the decision says so', async () => {
  await using shop = await watchedShop([pipelineOf('app', { quietMs: hourMs })]);
  await shop.commit('trunk/a.txt');
  await shop.pass(hourMs);
  await shop.db.updateTable('watcher').set({ generation: 2 }).execute();

  await runQuietBranches(shop.dependencies);

  expect(await runsIn(shop.triggers.store)).toEqual([]);
  const decision = await shop.db.selectFrom('decision').selectAll().executeTakeFirstOrThrow();
  expect(decision).toMatchObject({ verdict: 'skip', wait_until: null });
  expect(decision.filters.at(-1)).toMatchObject({ filter: 'repository', actual: 'replaced while it waited' });
});

test('whoever made one of the commits that a run stands for has made what it brings', async () => {
  await using shop = await watchedShop([pipelineOf('app', { quietMs: hourMs })]);
  await shop.commitBy('bob', 'trunk/a.txt');
  await shop.commitBy('carol', 'trunk/a.txt');
  await shop.commitBy('bob', 'trunk/a.txt');
  await shop.commit('trunk/a.txt');
  await shop.pass(hourMs);

  await runQuietBranches(shop.dependencies);

  const run = await shop.db.selectFrom('run').selectAll().executeTakeFirstOrThrow();
  expect(run).toMatchObject({ author: 'alice', told: { authors: ['bob', 'carol'] } });
});

test('a branch whose run cannot be made holds up no other one, and is made once it can be', async () => {
  await using shop = await watchedShop([
    pipelineOf('bad', { quietMs: hourMs }),
    pipelineOf('good', { quietMs: hourMs }),
  ]);
  await sql`alter table run add constraint none_of_bad check (pipeline <> 'bad')`.execute(shop.db);
  await shop.commit('trunk/a.txt');
  await shop.pass(hourMs);

  await shop.start();

  expect(await shop.runs(1)).toEqual(['good trunk r2 commit']);
  await sql`alter table run drop constraint none_of_bad`.execute(shop.db);
  expect(await shop.runs(2)).toContain('bad trunk r2 commit');
});

test('what waits for a pipeline that cannot be read just now goes on waiting', async () => {
  await using shop = await watchedShop([pipelineOf('app', { quietMs: hourMs })]);
  await shop.commit('trunk/a.txt');
  await shop.pass(hourMs);
  const findPipeline = () => {
    throw new Fault('scm-unreachable', 'not known yet');
  };

  const turn = await runQuietBranches({ ...shop.dependencies, findPipeline });

  expect(turn).toEqual({ failed: 1 });
  expect(await shop.decisions()).toEqual(['r2 trunk wait (waiting for that)']);
  await runQuietBranches(shop.dependencies);
  expect(await runsIn(shop.triggers.store)).toEqual(['app trunk r2']);
});
