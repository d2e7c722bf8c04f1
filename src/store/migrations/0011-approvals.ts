import { type Kysely, sql } from 'kysely';

export async function up(db: Kysely<unknown>): Promise<void> {
  await sql.raw(approvals).execute(db);
}

const approvals = `
  alter table token add column roles jsonb not null default '[]';

  alter table run drop constraint run_state_check;
  alter table run add constraint run_state_check check (state in ('queued', 'running', 'waiting', 'ended'));
  alter table run add column wake_at timestamptz;
  alter table run add column wakes integer not null default 0;
  alter table step drop constraint step_state_check;
  alter table step add constraint step_state_check check (state in ('pending', 'running', 'waiting', 'ended'));

  create table approval (
    run_id text not null references run on delete cascade,
    step_id text not null,
    subject text not null,
    who text not null,
    roles jsonb not null,
    verdict text not null check (verdict in ('approved', 'rejected')),
    comment text,
    at timestamptz not null default clock_timestamp(),
    primary key (run_id, step_id, subject, who)
  );
`;
