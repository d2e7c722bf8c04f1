import { type Kysely, sql } from 'kysely';

export async function up(db: Kysely<unknown>): Promise<void> {
  await sql.raw(jobs).execute(db);
}

const jobs = `
  create index step_finished_job on step ((output ->> 'content')) where kind = 'job' and outcome = 'succeeded';
`;
