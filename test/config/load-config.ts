import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { loadServerConfig, type ServerFlags } from '../../src/config/load-server-config.ts';
import type { ServerConfig } from '../../src/config/server-config.ts';
import type { Problem } from '../../src/domain/problem.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

interface Given {
  /** The text of trunkline.yaml; left out: there is none. */
  file?: string;
  secrets?: Record<string, string>;
  flags?: ServerFlags;
  environment?: Record<string, string>;
}

export async function load(
  given: Given,
): Promise<{ config: ServerConfig | null; problems: Problem[]; cwd: string }> {
  await using folder = await temporaryFolder();
  const files = { ...given.secrets, ...(given.file !== undefined && { 'trunkline.yaml': given.file }) };
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder.path, name), text);
  const { flags = {}, environment = {} } = given;
  const loaded = await loadServerConfig({ flags, environment, cwd: folder.path });
  return 'problems' in loaded
    ? { config: null, problems: loaded.problems, cwd: folder.path }
    : { config: loaded.config, problems: [], cwd: folder.path };
}

export async function problemsOf(file: string, environment: Record<string, string> = {}): Promise<string[]> {
  const { problems } = await load({ file, environment });
  return problems.map(
    ({ line, column, message, hint }) => `${line}:${column} ${message}${hint ? ` (${hint})` : ''}`,
  );
}
