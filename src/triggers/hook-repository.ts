import type { RepositoryConfig } from '../config/server-config.ts';
import { digestOf, type Secret } from '../domain/secret.ts';
import type { KnownRepository } from '../store/watchers.ts';
import type { Intake } from './intake.ts';

export interface HookCaller {
  uuid: string;
  token: string;
}

type Repositories = Readonly<Record<string, RepositoryConfig>>;

/**
 * Finds the repository that a hook speaks for, by UUID and bearer token. Before first contact, when no UUID is known
 * yet, a token that only one repository accepts identifies it. Where two repositories have both in common (a clone
 * with the token of its original), the first one configured is meant; the other is polled. Nobody is denied by what
 * was known a moment ago.
 * @returns its name; null for an unknown repository and for a wrong token alike: callers must not tell them apart
 */
export async function findHookRepository(
  repositories: Repositories,
  intake: Pick<Intake, 'knownRepositories'>,
  { uuid, token }: HookCaller,
): Promise<string | null> {
  const digest = digestOf(token);
  const accepting = Object.values(repositories)
    .filter(({ kind, hookTokens }) => kind === 'svn' && token !== '' && haveDigest(hookTokens, digest))
    .map(({ name }) => name);
  if (accepting.length === 0) return null;
  const meant = meantOf(accepting, uuid, await intake.knownRepositories(false));
  return meant ?? meantOf(accepting, uuid, await intake.knownRepositories(true));
}

function meantOf(accepting: string[], uuid: string, known: KnownRepository[]): string | null {
  const uuidOf = (name: string) => known.find(({ repository }) => repository === name)?.uuid ?? null;
  const owner = accepting.find((name) => uuidOf(name)?.toLowerCase() === uuid.toLowerCase());
  const [only, ...others] = accepting;
  const isUnambiguous = only !== undefined && others.length === 0 && uuidOf(only) === null;
  return owner ?? (isUnambiguous ? only : null);
}

/** Compares with every token, in a time that says nothing about any of them. */
export function accepts(tokens: readonly Secret[], presented: string): boolean {
  return haveDigest(tokens, digestOf(presented)) && presented !== '';
}

function haveDigest(tokens: readonly Secret[], digest: Buffer): boolean {
  let isAccepted = false;
  for (const token of tokens) isAccepted = token.hasDigest(digest) || isAccepted;
  return isAccepted;
}
