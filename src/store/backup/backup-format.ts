import { z } from 'zod';
import { copiedTable, sequence } from './tables.ts';

/**
 * A backup is a tar archive, compressed by gzip: `backup.json` first, then the rows of each table in pieces of whole rows
 * (`database/TABLE/000001`, as COPY writes them), the files of the server (`server/...`), and last `manifest.json`, by
 * which it is seen that all is there and as it was.
 */
export const backupFormat = 1;

export const headerName = 'backup.json';
export const manifestName = 'manifest.json';
export const databaseFolder = 'database/';
export const serverFolder = 'server/';

export const backupHeader = z.strictObject({
  format: z.number(),
  /** Of the Trunkline that took it. */
  version: z.string(),
  takenAt: z.iso.datetime(),
  migrations: z.array(z.string()),
  tables: z.array(copiedTable),
});
export type BackupHeader = z.infer<typeof backupHeader>;

export const backupManifest = z.strictObject({
  sequences: z.array(sequence),
  entries: z.record(z.string(), z.strictObject({ bytes: z.number(), sha256: z.string() })),
});
export type BackupManifest = z.infer<typeof backupManifest>;
