import type { SubversionRepositoryConfig } from '../../../src/config/server-config.ts';
import { Secret } from '../../../src/domain/secret.ts';
import type { SubversionSource } from '../../../src/scm/source-control.ts';
import { createSubversion } from '../../../src/scm/subversion/create-subversion.ts';
import type { SubversionOptions } from '../../../src/scm/subversion/repository.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

export type Overrides = Partial<Omit<SubversionRepositoryConfig, 'svn'>> & {
  password?: string;
  limits?: SubversionOptions['limits'];
  logger?: SubversionOptions['logger'];
  copies?: SubversionOptions['copies'];
};

export type SubversionUnderTest = AsyncDisposable & {
  scm: SubversionSource;
  /** For exported trees; the state is kept elsewhere. */
  folder: string;
  stateDir: string;
};

/** What is tested, on a repository's URL, with a state folder of its own. */
export async function subversionAt(root: string, overrides: Overrides = {}): Promise<SubversionUnderTest> {
  await using opening = new AsyncDisposableStack();
  const folder = opening.use(await temporaryFolder());
  const { password, limits, logger, copies, ...config } = overrides;
  const stateDir = `${folder.path}/state`;
  const scm = createSubversion({
    stateDir,
    repository: { ...repositoryConfig(root, password), ...config },
    ...(limits && { limits }),
    ...(logger && { logger }),
    ...(copies && { copies }),
  });
  const owned = opening.move();
  return {
    scm,
    folder: `${folder.path}/trees`,
    stateDir,
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

export function repositoryConfig(root: string, password?: string): SubversionRepositoryConfig {
  return {
    name: 'shop',
    kind: 'svn',
    url: root,
    layout: ['standard'],
    readable: [],
    clientCertificate: null,
    trustedFailures: [],
    credentials:
      password === undefined ? null : { name: 'svn', username: 'ci', password: new Secret(password) },
    pollMs: 60_000,
    hookTokens: [],
    allowedSchemes: [],
    ca: null,
    ssh: null,
    externals: { isIgnored: false, allowed: [] },
  };
}

/** A signal that never aborts before the test's own time limit. */
export function noStop(): AbortSignal {
  return new AbortController().signal;
}

/** Reads a stream of values to its end. */
export async function collect<T>(values: AsyncIterable<T>): Promise<T[]> {
  const collected: T[] = [];
  for await (const value of values) collected.push(value);
  return collected;
}
