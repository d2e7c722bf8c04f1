import { createHash, randomBytes } from 'node:crypto';
import { sql } from 'kysely';
import type { Db } from './database.ts';
import { type Principal, principalOf } from './tokens.ts';

/** Two working weeks; then the token is asked for again. */
export const sessionLifetimeMs = 14 * 86_400_000;

const sessionPattern = /^[A-Za-z0-9_-]{43}$/;

/** A log-in of the page; what it may do is what its token may do. */
export interface Session extends Principal {
  expiresAt: Date;
}

/** Begins a session of a token, and forgets those that are over. @returns its secret, for the cookie only */
export async function createSession(db: Db, tokenId: string): Promise<string> {
  await db.deleteFrom('session').where('expires_at', '<', sql<Date>`clock_timestamp()`).execute();
  const secret = randomBytes(32).toString('base64url');
  await db
    .insertInto('session')
    .values({
      hash: hashOf(secret),
      token_id: tokenId,
      expires_at: sql<Date>`clock_timestamp() + ${sessionLifetimeMs} * interval '1 millisecond'`,
    })
    .execute();
  return secret;
}

/** @returns null when there is no such session, or it or its token is over */
export async function authenticateSession(db: Db, secret: string): Promise<Session | null> {
  if (!sessionPattern.test(secret)) return null;
  const row = await db
    .selectFrom('session')
    .innerJoin('token', 'token.id', 'session.token_id')
    .select(['token.id', 'token.name', 'token.scopes', 'token.roles', 'session.expires_at'])
    .select(['token.repositories', 'token.pipelines'])
    .where('session.hash', '=', hashOf(secret))
    .where('session.expires_at', '>', sql<Date>`clock_timestamp()`)
    .where(sql<boolean>`(token.expires_at is null or token.expires_at > clock_timestamp())`)
    .executeTakeFirst();
  if (row === undefined) return null;
  return { ...principalOf(row), expiresAt: row.expires_at };
}

/** Ends a session; one that is over already is no error. */
export async function endSession(db: Db, secret: string): Promise<void> {
  await db.deleteFrom('session').where('hash', '=', hashOf(secret)).execute();
}

function hashOf(secret: string): string {
  return createHash('sha256').update(secret).digest('hex');
}
