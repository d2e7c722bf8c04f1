import { Fault } from '../../domain/fault.ts';
import type { RepositoryIdentity } from '../source-control.ts';
import { canonicalUrl, withoutUser } from './canonical-url.ts';
import { querySvn } from './query-svn.ts';
import { attemptOn, type SubversionRepository } from './repository.ts';
import { textAt } from './xml-tree.ts';

const infoBytes = 65_536;

/**
 * Asks who the repository is and what its newest revision is, in one request.
 * @throws Fault `scm-gone` when the configured URL is not a repository's root
 */
export async function identify(
  repository: SubversionRepository,
  signal: AbortSignal,
): Promise<RepositoryIdentity> {
  const info = await querySvn(
    await repository.client(),
    {
      subcommand: 'info',
      url: repository.root,
      revision: 'HEAD',
      attempt: attemptOn(repository, 'Asking for the newest revision of', repository.root),
      deadlineMs: repository.limits.queryMs,
      maxBytes: infoBytes,
    },
    signal,
  );
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
