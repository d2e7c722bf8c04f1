import type { ServerConfig } from '../config/server-config.ts';
import { recordAudit } from '../store/audit.ts';
import { openDatabase } from '../store/database.ts';
import { joinEmbeddedPostgres } from '../store/embedded-postgres.ts';
import { createToken, scopesIn } from '../store/tokens.ts';

export interface LocalToken {
  name: string;
  scope: string;
  roles: string[];
  expiresInDays: number | null;
}

const dayMs = 86_400_000;

/**
 * Makes a token in the database of a server, past the server: for whoever runs it, and so may read that anyway.
 * @throws Fault where the database may not be used
 */
export async function makeLocalToken({ databaseUrl, dataDir }: ServerConfig, wish: LocalToken) {
  const url = databaseUrl?.reveal() ?? (await joinEmbeddedPostgres({ dataDir })).url;
  await using store = openDatabase({ url, applicationName: 'trunkline token' });
  const { name, scope, roles, expiresInDays } = wish;
  const expiresAt = expiresInDays === null ? null : new Date(Date.now() + expiresInDays * dayMs);
  return await store.db.transaction().execute(async (tx) => {
    const { token, row } = await createToken(tx, { name, scopes: scopesIn([scope]), roles, expiresAt });
    const detail = { name, scope, roles, expiresInDays };
    await recordAudit(tx, { who: 'machine of the server', action: 'token.create', target: 'local', detail });
    return { id: row.id, name, scopes: row.scopes, roles, expiresAt: row.expires_at, token };
  });
}
