import { Fault } from '../../../domain/fault.ts';
import { withoutUser } from '../canonical-url.ts';
import type { SubversionRepository } from '../repository.ts';

/** Where an external is fetched, and with whose login. */
export interface ExternalPlace {
  repository: SubversionRepository;
  /** What svn is asked for, without peg revision. */
  target: string;
}

export interface FoundExternal {
  path: string;
  /** Canonical, without a user. */
  url: string;
}

/**
 * Externals come from the repository whose tree is exported, or from what its config allows. A login goes to no other
 * server than the one it belongs to.
 * @param owner of the tree
 * @throws Fault `scm-broken-tree` for any other URL
 */
export function placeOf(owner: SubversionRepository, { path, url }: FoundExternal): ExternalPlace {
  for (const repository of [owner, ...owner.externals.allowed]) {
    const known = withoutUser(repository.url);
    if (url === known || url.startsWith(`${known}/`))
      return { repository, target: `${repository.root}${url.slice(known.length)}` };
  }
  throw new Fault(
    'scm-broken-tree',
    `The external ${JSON.stringify(path)} of the repository "${owner.name}" is refused: ${url} is outside of it`,
    {
      hint: `In trunkline.yaml, allow it with "repositories: { ${owner.name}: { externals: [{ url: '${url}' }] } }", or leave all out with "externals: ignore"`,
      isRetryable: false,
    },
  );
}
