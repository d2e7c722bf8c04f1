import { resolve } from 'node:path';
import type { Environment } from '../../config/config-reading.ts';
import type { ServerFlags } from '../../config/load-server-config.ts';
import type { ServerConfig } from '../../config/server-config.ts';
import { sizeText } from '../../domain/size-text.ts';
import { takeBackup } from '../../wiring/backup/take-backup.ts';
import { CliError, exitCodes } from '../cli-error.ts';
import { printJson } from '../context.ts';
import { interruptible } from '../interruptible.ts';
import { openProgressNote } from '../progress-note.ts';
import { readServerConfig } from '../read-server-config.ts';
import { oneLine } from '../safe-text.ts';
import type { Terminal } from '../terminal.ts';

export interface BackupOptions extends ServerFlags {
  timeout: string;
  json?: boolean;
}

export interface BackupTools {
  terminal: Terminal;
  environment: Environment;
}

/** @throws CliError, Fault when there is no backup in the end */
export async function backup(tools: BackupTools, into: string, options: BackupOptions): Promise<void> {
  const { terminal } = tools;
  const { timeout, json, ...flags } = options;
  const config = await configOf(tools, flags);
  const configFile = resolve(flags.config ?? tools.environment.TRUNKLINE_CONFIG ?? 'trunkline.yaml');
  using note = openProgressNote(terminal, json === true);
  const made = await interruptible({ timeout, what: 'The backup' }, (signal) =>
    takeBackup(
      {
        ...{ config, configFile, into: resolve(into) },
        onProgress: ({ table, ...amount }) => note.show(table, amount),
      },
      signal,
    ),
  );
  note[Symbol.dispose]();
  if (json) return printJson(terminal, made);
  terminal.print(`${oneLine(made.file)}: ${sizeText(made.bytes)}, the server as of ${made.takenAt}\n`);
  terminal.note('Not in it: secrets that trunkline.yaml names as files or variables. Keep them, too.\n');
}

/** That of a server with a database of its own. @throws CliError */
export async function configOf({ environment }: BackupTools, flags: ServerFlags): Promise<ServerConfig> {
  const config = await readServerConfig({ flags, environment, cwd: process.cwd() });
  if (config.databaseUrl === null) return config;
  throw new CliError(
    exitCodes.wrongUse,
    'This server has its database elsewhere (DATABASE_URL): back it up, and bring it back, with the tools of that database.',
    {
      hint: 'pg_dump of it, with trunkline.yaml, the pipelines and the files of secrets, is the whole server.',
    },
  );
}
