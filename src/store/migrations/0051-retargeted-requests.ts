import { type Kysely, sql } from 'kysely';

/** The same commit of a merge request is decided on anew when the request is to be merged into another branch. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql.raw(retargetedRequests).execute(db);
}

const retargetedRequests = `
  drop index change_request;
  create unique index change_request on change
    (repository, generation, branch, move, revision, (request ->> 'number'), md5(request ->> 'target'))
    where request is not null;
`;
