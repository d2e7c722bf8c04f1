import { type Kysely, sql } from 'kysely';

export async function up(db: Kysely<unknown>): Promise<void> {
  await sql.raw(indexes).execute(db);
}

/** For lists that are filtered, what runs where, and the births of branches, among any number of others. */
const indexes = `
  create index run_of_pipeline on run (pipeline, created_at desc, id desc);
  create index run_of_outcome on run (outcome, created_at desc, id desc);
  create index run_of_branch_name on run (branch, created_at desc, id desc);
  create index deployment_of_place on deployment (environment, target, started_at desc, id desc);
  create index change_birth on change (repository, generation, branch, move) where happened = 'created';
`;
