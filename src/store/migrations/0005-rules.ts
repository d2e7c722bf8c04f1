import { type Kysely, sql } from 'kysely';

export async function up(db: Kysely<unknown>): Promise<void> {
  await sql.raw(rules).execute(db);
}

const rules = `
  create table schedule (
    pipeline text primary key,
    clock text not null,
    handled_until timestamptz not null
  );

  alter table event drop constraint event_source_check;
  alter table event add constraint event_source_check
    check (source in ('svn-hook', 'jenkins-hook', 'git-hook', 'gitlab-hook', 'poll', 'api', 'schedule', 'pipeline'));
  alter table event add column retry_at timestamptz;

  alter table run drop constraint run_trigger_check;
  alter table run add constraint run_trigger_check
    check (trigger in ('commit', 'api', 'retry', 'rerun', 'rollback', 'schedule', 'pipeline'));
  alter table run add column upstream_id text references run on delete set null;
  alter table run add column is_followed boolean not null default false;
  update run set is_followed = true where state = 'ended';
  create index run_unfollowed on run (ended_at) where state = 'ended' and not is_followed;
  create index run_of_upstream on run (upstream_id) where upstream_id is not null;
`;
