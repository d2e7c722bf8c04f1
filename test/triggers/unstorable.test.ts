import { sql } from 'kysely';
import { expect, test } from 'vitest';
import type { Db } from '../../src/store/database.ts';
import { given, zero } from './git-triggers-under-test.ts';
import { pipelineOf, runsIn } from './triggers-under-test.ts';
import { watchedShop } from './watched-shop.ts';

/** As if no database could hold what is stored of a branch of that name. */
async function refuse(db: Db, branch: string, table: 'change' | 'run'): Promise<void> {
  await sql
    .raw(`
    create function refuse() returns trigger language plpgsql as $$
      begin raise exception 'no row can hold it' using errcode = '54000'; end $$;
    create trigger refuse before insert on ${table} for each row when (new.branch = '${branch}')
      execute function refuse()`)
    .execute(db);
}

async function alarmsIn(db: Db): Promise<unknown[]> {
  const rows = await db.selectFrom('event').select('body').where('delivery_key', 'like', 'alarm:%').execute();
  return rows.map(({ body }) => body);
}

test('Subversion: what no database can hold is told of and left out, alone; its revision and all after it run', async () => {
  await using shop = await watchedShop([pipelineOf('all', { branches: ['**'] })]);
  const { db } = shop.triggers.store;
  await refuse(db, 'branches/odd', 'change');

  await shop.change('cp 1 trunk branches/odd propset a 1 trunk cp 1 trunk branches/other');
  await shop.change('propset a 2 trunk');

  expect((await runsIn(shop.triggers.store)).toSorted()).toEqual([
    'all branches/other r2',
    'all trunk r2',
    'all trunk r3',
  ]);
  expect(await alarmsIn(db)).toEqual([
    { alarm: expect.stringMatching(/^r2 could not be stored for branches\/odd, .*: no row can hold it$/) },
  ]);
});

test('Git: a move whose run no database can hold is told of and left out, alone; the others run', async () => {
  await using site = await given();
  const { db, git, first } = site;
  await site.watch();
  await refuse(db, 'odd', 'run');
  await git.git('update-ref', 'refs/heads/odd', first);
  await git.git('update-ref', 'refs/heads/other', first);

  await site.hook({ ref: 'refs/heads/other', before: zero, after: first });
  await site.runs(1);
  const next = await git.commit({ files: { 'app/a.txt': '2' } });
  await site.hook({ before: first, after: next });

  expect(await site.runs(2)).toEqual([`other 1 ${first}`, `main 1 ${next}`]);
  expect(await alarmsIn(db)).toEqual([
    { alarm: expect.stringContaining(`${first.slice(0, 12)} could not be stored for odd,`) },
  ]);
});
