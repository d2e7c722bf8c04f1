import { Fault } from '../../domain/fault.ts';
import type { RepositoryIdentity } from '../source-control.ts';
import { canonicalUrl, withoutUser } from './canonical-url.ts';
import { querySvn } from './query-svn.ts';
import { askReadable } from './readable-folders.ts';
import { attemptOn, type SubversionRepository, urlUnder } from './repository.ts';
import type { SvnClient } from './svn-client.ts';
import { textAt } from './xml-tree.ts';

const infoBytes = 65_536;

/**
 * Asks who the repository is and what its newest revision is: svn at first, and where anything is unusual, which also
 * says what is wrong; else the server itself.
 * @throws Fault `scm-gone` when the configured URL is not a repository's root
 */
export async function identify(
  repository: SubversionRepository,
  signal: AbortSignal,
): Promise<RepositoryIdentity> {
  // Also where it is not needed now: without svn nothing that is committed could be read.
  const client = await repository.client();
  signal.throwIfAborted();
  const answer = await repository.direct.ask(signal);
  if (answer !== undefined) return { ...answer, rootUrl: repository.url };
  const identity = await identifyBySvn(repository, client, signal);
  repository.direct.trust();
  return identity;
}

/** As `identify`. Where the account may not read the root, that is found out. */
export async function identifyBySvn(
  repository: SubversionRepository,
  client: SvnClient,
  signal: AbortSignal,
): Promise<RepositoryIdentity> {
  const info = await askReadable(repository, (path) => {
    const url = urlUnder(repository.root, path);
    const attempt = attemptOn(repository, 'Asking for the newest revision of', url);
    const limits = { deadlineMs: repository.limits.queryMs, maxBytes: infoBytes };
    return querySvn(client, { subcommand: 'info', url, revision: 'HEAD', attempt, ...limits }, signal);
  });
  const root = canonicalUrl(textAt(info, 'entry', 'repository', 'root'));
  if (root !== repository.root) throw notTheRoot(repository, root);
  return {
    uuid: textAt(info, 'entry', 'repository', 'uuid'),
    rootUrl: repository.url,
    head: Number(textAt(info, 'entry', '$', 'revision')),
  };
}

function notTheRoot(repository: SubversionRepository, root: string): Fault {
  const found = withoutUser(root);
  return new Fault(
    'scm-gone',
    `${withoutUser(repository.root)} is not the root of a repository; ${found} is`,
    {
      hint: `Write "svn: ${found}" for the repository "${repository.name}"`,
      isRetryable: false,
    },
  );
}
