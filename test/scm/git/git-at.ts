import type { GitRepositoryConfig } from '../../../src/config/server-config.ts';
import { Secret } from '../../../src/domain/secret.ts';
import { createGit } from '../../../src/scm/git/create-git.ts';
import type { GitOptions } from '../../../src/scm/git/repository.ts';
import type { GitSource } from '../../../src/scm/source-control.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

type Overrides = Partial<GitRepositoryConfig> & Pick<GitOptions, 'limits' | 'logger'> & { password?: string };

export type GitUnderTest = AsyncDisposable & {
  scm: GitSource;
  /** For exported trees; the state is kept elsewhere. */
  folder: string;
  stateDir: string;
};

/** What is tested, on a repository's URL, with a state folder of its own. */
export async function gitAt(url: string, overrides: Overrides = {}): Promise<GitUnderTest> {
  await using opening = new AsyncDisposableStack();
  const folder = opening.use(await temporaryFolder());
  const { password, limits, logger, ...config } = overrides;
  const stateDir = `${folder.path}/state`;
  const scm = createGit({
    stateDir,
    repository: { ...gitConfig(url, password), ...config },
    ...(limits && { limits }),
    ...(logger && { logger }),
  });
  const owned = opening.move();
  return { scm, folder: `${folder.path}/trees`, stateDir, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

export function gitConfig(url: string, password?: string): GitRepositoryConfig {
  return {
    kind: 'git',
    name: 'shop',
    url,
    credentials:
      password === undefined ? null : { name: 'git', username: 'ci', password: new Secret(password) },
    pollMs: 60_000,
    hookTokens: [],
    gitlabTokens: [],
    gitlabSigning: [],
    githubSecrets: [],
    giteaSecrets: [],
    submodules: [],
    statuses: null,
    allowedSchemes: ['http', 'file'],
    ca: null,
    ssh: null,
  };
}

/** A signal that never aborts before the test's own time limit. */
export function noStop(): AbortSignal {
  return new AbortController().signal;
}
