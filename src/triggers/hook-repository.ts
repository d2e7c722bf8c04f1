import { createHash, timingSafeEqual } from 'node:crypto';
import type { RepositoryConfig } from '../config/server-config.ts';
import type { Secret } from '../domain/secret.ts';
import type { KnownRepository } from '../store/watchers.ts';

/** A configured repository, in the generation that its watcher knows. */
export interface HookRepository {
  name: string;
  generation: number;
}

/**
 * Finds the repository that a hook speaks for, by UUID and bearer token. Before first contact, when no UUID is known
 * yet, a token that only one repository accepts identifies it. Where two repositories have both in common (a clone
 * with the token of its original), the first one configured is meant; the other is polled.
 * @returns null for an unknown repository and for a wrong token alike: callers must not tell them apart
 */
export async function findHookRepository(
  repositories: Readonly<Record<string, RepositoryConfig>>,
  knownRepositories: () => Promise<KnownRepository[]>,
  hook: { uuid: string; token: string },
): Promise<HookRepository | null> {
  const accepting = Object.values(repositories)
    .filter(({ kind, hookTokens }) => kind === 'svn' && accepts(hookTokens, hook.token))
    .map(({ name }) => name);
  const rows = await knownRepositories();
  const known = new Map(rows.map((row) => [row.repository, row]));

  const owner = accepting.find((name) => known.get(name)?.uuid === hook.uuid);
  if (owner !== undefined) return hookRepository(owner, known.get(owner));
  const [only, ...others] = accepting;
  const isUnambiguous = only !== undefined && others.length === 0;
  if (!isUnambiguous || (known.get(only)?.uuid ?? null) !== null) return null;
  return hookRepository(only, known.get(only));
}

function hookRepository(name: string, row: { generation: number } | undefined): HookRepository {
  return { name, generation: row?.generation ?? 1 };
}

/** Compares with every token, in a time that says nothing about any of them. */
export function accepts(tokens: readonly Secret[], presented: string): boolean {
  const digest = sha256(presented);
  let isAccepted = false;
  for (const token of tokens) isAccepted = timingSafeEqual(sha256(token.reveal()), digest) || isAccepted;
  return isAccepted && presented !== '';
}

function sha256(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
