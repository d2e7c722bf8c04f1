import { type Kysely, sql } from 'kysely';

export async function up(db: Kysely<unknown>): Promise<void> {
  await sql.raw(indexes).execute(db);
}

/** The few runs that keep others: who promotes what, and who brings something back. */
const indexes = `
  create index run_promoting on run ((definition -> 'promotes' ->> 'runId'))
    where trigger in ('promotion', 'retry') and definition -> 'promotes' ->> 'runId' is not null;
  create index run_restoring on run (id)
    where trigger in ('rollback', 'retry') and jsonb_path_exists(definition, '$.steps[*].restore.deployId');
  create index deployment_of_deploy on deployment (deploy_id);
`;
