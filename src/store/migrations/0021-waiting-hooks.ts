import { type Kysely, sql } from 'kysely';

export async function up(db: Kysely<unknown>): Promise<void> {
  await sql.raw(waitingHooks).execute(db);
}

/** Hooks wait for as long as their repository cannot be read; nobody reads over them to find those of another. */
const waitingHooks = `
  create index event_waiting_of_repository on event (repository, received_at) where state = 'received';
  drop index event_waiting;
`;
