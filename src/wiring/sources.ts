import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { RepositoryConfig, ServerConfig } from '../config/server-config.ts';
import { Fault } from '../domain/fault.ts';
import { createGit } from '../scm/git/create-git.ts';
import { ReadyShells } from '../scm/ready-shells.ts';
import type { SourceControl } from '../scm/source-control.ts';
import { WorkingCopies } from '../scm/subversion/copies/working-copies.ts';
import { createSubversion } from '../scm/subversion/create-subversion.ts';
import type { SubversionLogger } from '../scm/subversion/repository.ts';

export interface SourceOptions {
  /** A folder of this process alone. */
  stateDir: string;
  logger: SubversionLogger;
}

/** The configured repositories, by name. @throws Fault `scm-gone` for one that the config no longer has */
export type Sources = (repository: string) => SourceControl;

export function openSources(config: ServerConfig, options: SourceOptions): Sources {
  mkdirSync(options.stateDir, { recursive: true, mode: 0o700 });
  const { stateDir, logger } = options;
  const folder = join(stateDir, 'working-copies');
  const copies =
    config.workingCopies === null
      ? undefined
      : new WorkingCopies({ ...config.workingCopies, folder, logger });
  const shells = new ReadyShells();
  const sources = new Map(
    Object.values(config.repositories).map((repository) => [
      repository.name,
      openSource(repository, { ...options, copies, shells }),
    ]),
  );
  return (name) => {
    const source = sources.get(name);
    if (source !== undefined) return source;
    throw new Fault('scm-gone', `repository ${name} is not in the server's config`, {
      hint: 'Put it back under `repositories`, or remove the pipelines that use it.',
      isRetryable: false,
    });
  };
}

function openSource(
  repository: RepositoryConfig,
  { copies, shells, ...options }: SourceOptions & { copies: WorkingCopies | undefined; shells: ReadyShells },
): SourceControl {
  return repository.kind === 'git'
    ? createGit({ ...options, repository })
    : createSubversion({ ...options, copies, shells, repository });
}
