import { createHash, randomBytes, randomUUID, timingSafeEqual } from 'node:crypto';
import { type Selectable, sql } from 'kysely';
import { type TokenLimit, tokenLimit } from '../domain/token-limit.ts';
import type { TokenTable } from './access-tables.ts';
import type { Db } from './database.ts';

/** What a token may do; each scope includes those before it. */
export const scopes = ['read', 'run', 'admin'] as const;
export type Scope = (typeof scopes)[number];

export type TokenRow = Omit<Selectable<TokenTable>, 'hash'>;

/** Who makes a call: the token's id and the name that audit and runs show. */
export interface Principal {
  tokenId: string;
  name: string;
  scopes: Scope[];
  /** What they may approve. */
  roles: string[];
  /** null: it may see and do everything that its scopes say. */
  limit: TokenLimit | null;
}

export interface NewToken {
  name: string;
  scopes: Scope[];
  /** Default: none. */
  roles?: string[];
  /** Default: none. */
  limit?: TokenLimit | null;
  /** null: it never expires. */
  expiresAt: Date | null;
}

const tokenPattern = /^trk_[A-Za-z0-9_-]{43}$/;
const lastUsedEveryMs = 60_000;
const columns = [
  'id',
  'name',
  'scopes',
  'roles',
  'repositories',
  'pipelines',
  'created_at',
  'expires_at',
  'last_used_at',
] as const;

/**
 * Makes the first administrator's token, or a new one when none that still works is left, so that a lost or expired
 * token never locks everybody out for good.
 * @returns the token, to be shown once; null when there was one already
 */
export async function ensureAdminToken(db: Db): Promise<string | null> {
  return db.transaction().execute(async (tx) => {
    await sql`select pg_advisory_xact_lock(hashtextextended('admin-token', 0))`.execute(tx);
    const working = await tx
      .selectFrom('token')
      .select('id')
      .where(sql<boolean>`scopes ? 'admin'`)
      .where(notExpired())
      .executeTakeFirst();
    if (working !== undefined) return null;
    const { token } = await createToken(tx, { name: 'admin', scopes: ['admin'], expiresAt: null });
    return token;
  });
}

/** Stores a new token's hash. @returns the token itself, which exists nowhere else */
export async function createToken(db: Db, token: NewToken): Promise<{ token: string; row: TokenRow }> {
  const secret = `trk_${randomBytes(32).toString('base64url')}`;
  const row = await db
    .insertInto('token')
    .values({
      id: randomUUID(),
      name: token.name,
      hash: digestOf(secret).toString('hex'),
      scopes: JSON.stringify(token.scopes),
      roles: JSON.stringify(token.roles ?? []),
      repositories: listOf(token.limit?.repositories),
      pipelines: listOf(token.limit?.pipelines),
      expires_at: token.expiresAt,
    })
    .returning(columns)
    .executeTakeFirstOrThrow();
  return { token: secret, row };
}

/** Newest first. */
export async function listTokens(db: Db): Promise<TokenRow[]> {
  return db.selectFrom('token').select(columns).orderBy('created_at', 'desc').orderBy('id').execute();
}

/** @returns false when there was no such token */
export async function revokeToken(db: Db, id: string): Promise<boolean> {
  const result = await db.deleteFrom('token').where('id', '=', id).executeTakeFirst();
  return result.numDeletedRows > 0n;
}

/**
 * Finds whose token this is. The database is asked by hash, so the time of its look-up tells nothing about a token.
 * @returns null for anything that is not a working token
 */
export async function authenticateToken(db: Db, presented: string): Promise<Principal | null> {
  if (!tokenPattern.test(presented)) return null;
  const digest = digestOf(presented);
  const row = await db
    .selectFrom('token')
    .select([...columns, 'hash'])
    .where('hash', '=', digest.toString('hex'))
    .where(notExpired())
    .executeTakeFirst();
  if (row === undefined || !timingSafeEqual(Buffer.from(row.hash, 'hex'), digest)) return null;
  await noteUse(db, row);
  return principalOf(row);
}

/** What a stored token makes of its holder. */
export function principalOf(
  row: Pick<TokenRow, 'id' | 'name' | 'scopes' | 'roles' | 'repositories' | 'pipelines'>,
): Principal {
  const { id: tokenId, name, roles } = row;
  return { tokenId, name, scopes: scopesIn(row.scopes), roles, limit: tokenLimit(row) };
}

/** The scopes among stored words, in their order. */
export function scopesIn(stored: readonly string[]): Scope[] {
  return scopes.filter((scope) => stored.includes(scope));
}

/** Once a minute is enough for people, and spares a write on every call. */
async function noteUse(db: Db, row: TokenRow): Promise<void> {
  const lastUsedMs = row.last_used_at?.getTime() ?? 0;
  if (Date.now() - lastUsedMs < lastUsedEveryMs) return;
  await db
    .updateTable('token')
    .set({ last_used_at: sql<Date>`clock_timestamp()` })
    .where('id', '=', row.id)
    .execute();
}

function listOf(names: string[] | null | undefined): string | null {
  return names == null ? null : JSON.stringify(names);
}

function notExpired() {
  return sql<boolean>`(expires_at is null or expires_at > clock_timestamp())`;
}

function digestOf(secret: string): Buffer {
  return createHash('sha256').update(secret).digest();
}
