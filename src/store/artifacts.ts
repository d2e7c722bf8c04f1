import { sql } from 'kysely';
import { Fault } from '../domain/fault.ts';
import type { Db } from './database.ts';

/** Files of one step, kept in the database: any worker can read them, whichever wrote them. */
export interface ArtifactRow {
  id: string;
  set_id: string;
  path: string;
  bytes: number;
  mode: number;
}

export interface NewArtifact {
  setId: string;
  path: string;
  bytes: number;
  mode: number;
}

/**
 * Adds a file to a set, piece by piece. A set that is not finished is nobody's, and goes with its age.
 * @throws Fault of the database (away, its disk full), or what reading the content throws
 */
export async function addArtifact(db: Db, file: NewArtifact, content: AsyncIterable<Buffer>): Promise<void> {
  const { setId, path, bytes, mode } = file;
  const { id } = await kept(path, () =>
    db
      .insertInto('artifact')
      .values({ set_id: setId, path, bytes, mode })
      .returning('id')
      .executeTakeFirstOrThrow(),
  );
  let seq = 0;
  for await (const data of inPieces(content)) {
    const row = { artifact_id: id, seq, data };
    await kept(path, () => db.insertInto('artifact_chunk').values(row).execute());
    seq += 1;
  }
}

/** The files of sets, in the order of the sets and of their paths. */
export async function artifactsOf(db: Db, setIds: readonly string[]): Promise<ArtifactRow[]> {
  if (setIds.length === 0) return [];
  const rows = await db
    .selectFrom('artifact')
    .select(['id', 'set_id', 'path', 'bytes', 'mode'])
    .where('set_id', 'in', setIds)
    .orderBy(sql`path collate "C"`)
    .execute();
  return setIds.flatMap((setId) => rows.filter((row) => row.set_id === setId));
}

/** @throws Fault `internal` when it was removed meanwhile */
export async function* artifactContent(db: Db, { id, path, bytes }: ArtifactRow): AsyncGenerator<Buffer> {
  let left = bytes;
  for (let seq = 0; left > 0; seq += 1) {
    const row = await db
      .selectFrom('artifact_chunk')
      .select('data')
      .where('artifact_id', '=', id)
      .where('seq', '=', seq)
      .executeTakeFirst();
    if (row === undefined)
      throw new Fault('internal', `the artifact ${path} is gone`, { isRetryable: false });
    left -= row.data.length;
    yield row.data;
  }
}

/** @returns how many files went */
export async function removeOldArtifacts(db: Db, keepMs: number): Promise<number> {
  for (let removed = 0; ; ) {
    const result = await db
      .deleteFrom('artifact')
      .where('id', 'in', (query) =>
        query
          .selectFrom('artifact')
          .select('id')
          .where('created_at', '<', sql<Date>`clock_timestamp() - ${keepMs} * interval '1 millisecond'`)
          .orderBy('created_at')
          .limit(filesAtOnce),
      )
      .executeTakeFirst();
    removed += Number(result.numDeletedRows);
    if (Number(result.numDeletedRows) < filesAtOnce) return removed;
  }
}

/** So few that one statement does not last long, however large they are. */
const filesAtOnce = 10;

const pieceBytes = 1024 * 1024;

async function* inPieces(content: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let waiting: Buffer[] = [];
  let size = 0;
  for await (const chunk of content) {
    waiting.push(chunk);
    size += chunk.length;
    if (size < pieceBytes) continue;
    yield Buffer.concat(waiting);
    waiting = [];
    size = 0;
  }
  if (size > 0) yield Buffer.concat(waiting);
}

async function kept<T>(path: string, write: () => Promise<T>): Promise<T> {
  try {
    return await write();
  } catch (cause) {
    if (!(cause instanceof Fault)) throw cause;
    const { code, message, hint, isRetryable } = cause;
    const told = hint === undefined ? {} : { hint };
    throw new Fault(code, `could not keep the artifact ${path}: ${message}`, { ...told, cause, isRetryable });
  }
}
