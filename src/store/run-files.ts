import { sql } from 'kysely';
import type { IncludedFile } from '../domain/include.ts';
import type { Pipeline } from '../domain/pipeline.ts';
import type { Db } from './database.ts';

/** Whoever removes texts has this lock alone, so that none goes that a run is just about to name. */
const lockKey = sql`hashtextextended('file-text', 0)`;

/** A pipeline as it is stored with a run: its files without their texts, which `storeRunFiles` keeps. */
export function withoutTexts(pipeline: Pipeline): Pipeline {
  const { files } = pipeline;
  return files === undefined ? pipeline : { ...pipeline, files: files.map(withoutText) };
}

function withoutText({ text: _text, ...file }: IncludedFile): IncludedFile {
  return file;
}

/** Keeps what a run was put together from, each text once, however many runs have it. Within the transaction that makes the run so. */
export async function storeRunFiles(tx: Db, runId: string, files: readonly IncludedFile[]): Promise<void> {
  if (files.length === 0) return;
  await sql`select pg_advisory_xact_lock_shared(${lockKey})`.execute(tx);
  const texts = files.flatMap(({ sha256, text }) => (text === undefined ? [] : [{ sha256, text }]));
  const unique = [...new Map(texts.map((text) => [text.sha256, text])).values()];
  if (unique.length > 0)
    await tx
      .insertInto('file_text')
      .values(unique)
      .onConflict((conflict) => conflict.doNothing())
      .execute();
  const sums = [...new Set(files.map(({ sha256 }) => sha256))];
  // A run of before there was such a table has no texts there: what repeats it has them in its definition.
  await sql`
    insert into run_file (run_id, sha256)
    select ${runId}, sha256 from file_text where sha256 = any (${sums})
    on conflict do nothing`.execute(tx);
}

/** Deletes the texts that no run has any more; none where somebody is making runs just now. @returns how many */
export async function removeUnusedTexts(db: Db): Promise<number> {
  return db.transaction().execute(async (tx) => {
    const { rows } = await sql<{ isMine: boolean }>`
      select pg_try_advisory_xact_lock(${lockKey}) as "isMine"`.execute(tx);
    if (rows[0]?.isMine !== true) return 0;
    const { numDeletedRows } = await tx
      .deleteFrom('file_text')
      .where(sql<boolean>`not exists (select from run_file where run_file.sha256 = file_text.sha256)`)
      .executeTakeFirstOrThrow();
    return Number(numDeletedRows);
  });
}
