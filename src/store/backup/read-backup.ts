import { stat } from 'node:fs/promises';
import type { z } from 'zod';
import { Fault } from '../../domain/fault.ts';
import { asDatabaseFault, sqlStateOf } from '../sql-state.ts';
import { type ArchiveEntry, BrokenArchive, readArchiveEntries } from './archive-reader.ts';
import {
  type BackupHeader,
  type BackupManifest,
  backupFormat,
  backupHeader,
  backupManifest,
  databaseFolder,
  headerName,
  manifestName,
} from './backup-format.ts';
import type { Load } from './load.ts';

export interface ReadProgress {
  done: number;
  /** The size of the file. */
  total: number;
}

export interface BackupReading {
  file: string;
  /** Called once what the backup is of is known: makes what its rows go into. */
  open(header: BackupHeader): Promise<Load>;
  onProgress(progress: ReadProgress): void;
}

/**
 * Reads a backup once from its beginning to its end, and fills a database with it.
 * @throws Fault where it is no backup, of a newer Trunkline, or not exactly as it was written: nothing is kept then
 */
export async function readBackup(reading: BackupReading, signal: AbortSignal): Promise<BackupHeader> {
  try {
    return await readThrough(reading, signal);
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof BrokenArchive)
      throw broken(reading.file, `it cannot be read to its end (${error.message})`, error);
    if (error instanceof Error && refusedRows.test(sqlStateOf(error) ?? ''))
      throw broken(reading.file, `the database refuses what is in it (${error.message})`, error);
    throw asDatabaseFault(error);
  }
}

/** No value of its type, against a rule of its table, too large. */
const refusedRows = /^(?:22|23|54)/;

async function readThrough(reading: BackupReading, signal: AbortSignal): Promise<BackupHeader> {
  const { file } = reading;
  const entries = readArchiveEntries(file, signal);
  const header = headerIn(file, (await entries.next()).value);
  await using load = await reading.open(header);
  const { sequences } = await addAll({ reading, header, entries, load });
  signal.throwIfAborted();
  await load.finish(sequences);
  return header;
}

interface Adding {
  reading: BackupReading;
  header: BackupHeader;
  entries: AsyncIterable<ArchiveEntry>;
  load: Load;
}

async function addAll({ reading, header, entries, load }: Adding): Promise<BackupManifest> {
  const { file, onProgress } = reading;
  const { size: total } = await stat(file);
  const tables = new Map(header.tables.map((table) => [table.name, table]));
  const seen = new Map<string, string>();
  let manifest: ArchiveEntry | undefined;
  for await (const entry of entries) {
    if (manifest !== undefined) throw broken(file, 'something follows its manifest');
    if (entry.name === manifestName) manifest = entry;
    else seen.set(entry.name, entry.sha256);
    if (!entry.name.startsWith(databaseFolder)) continue;
    const table = tables.get(entry.name.split('/')[1] ?? '');
    if (table === undefined) throw broken(file, `${entry.name} is of no table`);
    await load.add(table, entry.content);
    onProgress({ done: entry.readBytes, total });
  }
  if (manifest === undefined) throw broken(file, 'its end is missing');
  const written = parsed(file, backupManifest, manifest);
  const difference = differenceBetween(written.entries, seen);
  if (difference !== undefined) throw broken(file, difference);
  return written;
}

/** How what was read differs from what was written; undefined: it does not. */
function differenceBetween(
  written: BackupManifest['entries'],
  seen: ReadonlyMap<string, string>,
): string | undefined {
  for (const [name, { sha256 }] of Object.entries(written)) {
    if (name === headerName) continue;
    if (!seen.has(name)) return `${name} is missing`;
    if (seen.get(name) !== sha256) return `${name} is not as it was written`;
  }
  const strange = [...seen.keys()].find((name) => !Object.hasOwn(written, name));
  return strange && `${strange} was added to it`;
}

function headerIn(file: string, entry: ArchiveEntry | undefined): BackupHeader {
  if (entry?.name !== headerName) throw broken(file, 'it is not one of Trunkline');
  const { format } = parsed(file, backupHeader.pick({ format: true }).loose(), entry);
  if (format > backupFormat) {
    const message = `${file} was made by a newer Trunkline, in a format that this one does not know`;
    throw new Fault('internal', message, { hint: 'Restore it with that version.', isRetryable: false });
  }
  return parsed(file, backupHeader, entry);
}

function parsed<Schema extends z.ZodType>(
  file: string,
  schema: Schema,
  { name, content }: ArchiveEntry,
): z.output<Schema> {
  try {
    return schema.parse(JSON.parse(content.toString('utf8')));
  } catch (cause) {
    throw broken(file, `${name} is not as Trunkline writes it`, cause);
  }
}

function broken(file: string, why: string, cause?: unknown): Fault {
  return new Fault('internal', `${file} is no whole backup: ${why}`, {
    ...(cause !== undefined && { cause }),
    hint: 'Nothing was restored. Take another backup, or copy this one again from where it was made.',
    isRetryable: false,
  });
}
