import { sql } from 'kysely';
import { expect, test } from 'vitest';
import { addArtifact } from '../../src/store/artifacts.ts';
import { openDatabase } from '../../src/store/database.ts';
import { startDatabase } from '../support/postgres.ts';

test('an artifact that cannot be kept is told with what kept the database from it', async () => {
  await using postgres = await startDatabase();
  await using store = openDatabase({ url: postgres.url, applicationName: 'test' });
  await sql`create function refuse() returns trigger language plpgsql
    as $$ begin raise exception 'no space' using errcode = '53100'; end $$`.execute(store.db);
  await sql`create trigger full_disk before insert on artifact_chunk execute function refuse()`.execute(
    store.db,
  );
  const file = {
    setId: '11111111-1111-4111-8111-111111111111',
    path: 'out/report.xml',
    bytes: 3,
    mode: 0o644,
  };

  await expect(addArtifact(store.db, file, content())).rejects.toMatchObject({
    name: 'Fault',
    code: 'disk-full',
    message: 'could not keep the artifact out/report.xml: The database could not write: its disk is full',
    hint: expect.stringContaining('Free space'),
    isRetryable: true,
  });
});

async function* content() {
  yield Buffer.from('abc');
}
