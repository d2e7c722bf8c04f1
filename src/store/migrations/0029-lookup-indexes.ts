import { type Kysely, sql } from 'kysely';

export async function up(db: Kysely<unknown>): Promise<void> {
  await sql.raw(indexes).execute(db);
}

/** For what is asked of one revision, and of the few events that tell how a repository's hooks fare. */
const indexes = `
  create index change_of_revision on change (repository, revision);
  create index run_of_revision on run (repository, revision);
  create index event_unannounced on event (repository, received_at desc, id desc)
    where source = 'poll' and jsonb_typeof(body -> 'found') = 'array';
  create index event_alarm on event (repository, received_at desc, id desc)
    where source = 'poll' and body ->> 'alarm' is not null;
`;
