import { version } from '../../version.ts';
import type { ArchiveWriter } from './archive-writer.ts';
import {
  type BackupHeader,
  backupFormat,
  databaseFolder,
  headerName,
  manifestName,
} from './backup-format.ts';
import type { Dump } from './dump.ts';
import type { CopiedTable } from './tables.ts';

/** A file of the server, by its name in the backup. */
export interface BackedUpFile {
  name: string;
  content: Buffer;
}

export interface BackupProgress {
  /** Which table is being read. */
  table: string;
  /** Of all tables, in bytes. */
  done: number;
  /** Roughly. */
  total: number;
}

/** Fills an archive, but does not end it. */
export async function writeBackup(
  archive: ArchiveWriter,
  { dump, files }: { dump: Dump; files: readonly BackedUpFile[] },
  onProgress: (progress: BackupProgress) => void,
): Promise<void> {
  const { tables, migrations, takenAt } = dump;
  const header: BackupHeader = {
    format: backupFormat,
    version,
    takenAt: takenAt.toISOString(),
    migrations,
    tables,
  };
  await archive.add(headerName, json(header));
  const total = tables.reduce((sum, { size }) => sum + size, 0);
  let done = 0;
  for (const table of tables) {
    onProgress({ table: table.name, done, total });
    for await (const { name, rows } of piecesOf(dump, table)) {
      await archive.add(name, rows);
      done += rows.length;
      onProgress({ table: table.name, done, total: Math.max(done, total) });
    }
  }
  for (const { name, content } of files) await archive.add(name, content);
  const sequences = await dump.sequences();
  await archive.add(manifestName, json({ sequences, entries: archive.entries }));
}

/** Each is loaded by itself. */
const pieceBytes = 4 * 2 ** 20;

async function* piecesOf(dump: Dump, table: CopiedTable): AsyncGenerator<{ name: string; rows: Buffer }> {
  let number = 0;
  let gathered: Buffer[] = [];
  let bytes = 0;
  const piece = () => {
    number += 1;
    const rows = Buffer.concat(gathered, bytes);
    gathered = [];
    bytes = 0;
    return { name: `${databaseFolder}${table.name}/${String(number).padStart(6, '0')}`, rows };
  };
  for await (const row of dump.rowsOf(table)) {
    gathered.push(row);
    bytes += row.length;
    if (bytes >= pieceBytes) yield piece();
  }
  if (bytes > 0) yield piece();
}

function json(value: unknown): Buffer {
  return Buffer.from(`${JSON.stringify(value, null, 1)}\n`);
}
