import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Fault } from '../domain/fault.ts';

/** Where a restore makes what it moves into the data folder at its end. */
export function unfinishedRestore(dataDir: string): string {
  return join(dataDir, 'restoring');
}

/** A server that began with nothing would look as if all was lost. @throws Fault where a restore was killed */
export async function refuseUnfinishedRestore(dataDir: string): Promise<void> {
  const draft = unfinishedRestore(dataDir);
  if ((await stat(draft).catch(() => undefined)) === undefined) return;
  throw new Fault('internal', `A restore into ${dataDir} has not come to its end`, {
    hint: `Run \`trunkline restore\` again, or remove ${draft} to begin with an empty server.`,
    isRetryable: false,
  });
}
