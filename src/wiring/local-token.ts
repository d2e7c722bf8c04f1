import { type ConfigSources, loadServerConfig } from '../config/load-server-config.ts';
import { Fault } from '../domain/fault.ts';
import { renderProblem } from '../domain/problem.ts';
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
 * @throws Fault where the config has mistakes, or the database may not be used
 */
export async function makeLocalToken(sources: ConfigSources, wish: LocalToken) {
  const read = await loadServerConfig(sources);
  if ('problems' in read) {
    const problems = read.problems.map((problem) => renderProblem(problem, { color: false }));
    throw new Fault('internal', `the server's config has mistakes:\n${problems.join('\n')}`);
  }
  const { databaseUrl, dataDir } = read.config;
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
