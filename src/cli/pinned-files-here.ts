import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Environment } from '../config/config-reading.ts';
import { loadServerConfig } from '../config/load-server-config.ts';
import type { ServerConfig } from '../config/server-config.ts';
import type { Problem } from '../domain/problem.ts';
import type { FetchedFiles } from '../wiring/pinned-files.ts';

/** The config of a file that somebody has named; null for none. */
export async function readConfigHere(
  file: string | undefined,
  environment: Environment,
): Promise<{ config: ServerConfig | null } | { problems: Problem[] }> {
  if (file === undefined) return { config: null };
  return loadServerConfig({ flags: { config: file }, environment, cwd: process.cwd() });
}

export interface PinnedFilesHere extends AsyncDisposable {
  pinned: FetchedFiles | null;
}

/** What pipelines include from the repositories of a server's config, read from here; nothing of it is left. */
export async function pinnedFilesHere(config: ServerConfig | null): Promise<PinnedFilesHere> {
  if (config === null) return { pinned: null, async [Symbol.asyncDispose]() {} };
  const { openSources } = await import('../wiring/sources.ts');
  const { openPinnedFiles } = await import('../wiring/pinned-files.ts');
  await using opening = new AsyncDisposableStack();
  const folder = await mkdtemp(join(tmpdir(), 'trunkline-lint-'));
  opening.defer(() => rm(folder, { recursive: true, force: true, maxRetries: 3, retryDelay: 100 }));
  const logger = { warn: () => undefined };
  const sourceOf = openSources(config, { stateDir: folder, logger });
  const pinned = opening.use(openPinnedFiles({ sourceOf, folder: null }));
  const opened = opening.move();
  return { pinned, [Symbol.asyncDispose]: () => opened.disposeAsync() };
}
