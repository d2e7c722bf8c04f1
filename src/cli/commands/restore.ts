import { resolve } from 'node:path';
import type { ServerFlags } from '../../config/load-server-config.ts';
import { type RestoreMade, restoreBackup } from '../../wiring/backup/restore-backup.ts';
import { printJson } from '../context.ts';
import { interruptible } from '../interruptible.ts';
import { openProgressNote } from '../progress-note.ts';
import { oneLine } from '../safe-text.ts';
import { type BackupTools, configOf } from './backup.ts';

export interface RestoreOptions extends ServerFlags {
  timeout: string;
  json?: boolean;
}

/** @throws CliError, Fault when nothing was restored */
export async function restore(tools: BackupTools, file: string, options: RestoreOptions): Promise<void> {
  const { terminal } = tools;
  const { timeout, json, ...flags } = options;
  const { dataDir } = await configOf(tools, flags);
  using note = openProgressNote(terminal, json === true);
  const made = await interruptible({ timeout, what: 'The restore' }, (signal) =>
    restoreBackup(
      { file: resolve(file), dataDir, onProgress: (amount) => note.show('read', amount) },
      signal,
    ),
  );
  note[Symbol.dispose]();
  if (json) return printJson(terminal, { dataDir, ...made });
  terminal.print(`${oneLine(dataDir)} is the server as of ${made.takenAt}.\n${linesOf(made)}`);
}

function linesOf({ endedRuns, repositories }: RestoreMade): string {
  const lines = [
    endedRuns === 0
      ? ''
      : `Cancelled, since how they went on is not known: ${endedRuns} runs (trunkline runs --status cancelled)`,
    repositories.length === 0
      ? ''
      : `Read on from where they had been: ${repositories.map(oneLine).join(', ')}`,
    'Tokens are those of that time: revoke again what was revoked since.',
  ];
  return lines
    .filter((line) => line !== '')
    .map((line) => `  ${line}\n`)
    .join('');
}
