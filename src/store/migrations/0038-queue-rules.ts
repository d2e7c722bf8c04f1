import { type Kysely, sql } from 'kysely';

export async function up(db: Kysely<unknown>): Promise<void> {
  await sql.raw(index).execute(db);
}

/** Few runs wait under a rule: whoever looks for them must not read what all that wait are made of. */
const index = `
  create index run_queue_rule on run (concurrency_group, number) where state = 'queued'
    and (definition #> '{concurrency,maxQueue}' is not null or definition #> '{concurrency,queueTimeoutMs}' is not null);
`;
