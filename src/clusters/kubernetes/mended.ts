import { advise } from '../../domain/hint.ts';
import type { Api } from './api.ts';
import { idOf, isThere } from './missing.ts';
import type { Trouble } from './pod-trouble.ts';
import type { WatchMemory } from './watch-memory.ts';

/** A trouble whose cause has gone is borne: the cluster tries again by itself, though its pauses may be long. */
export function borneIfMended(trouble: Trouble, { mended }: WatchMemory): Trouble {
  if (trouble.missing === undefined || !mended.has(idOf(trouble.missing))) return trouble;
  const hint = advise('cause-gone');
  return { ...trouble, hint, toleranceMs: Number.POSITIVE_INFINITY };
}

/** The last look before a rollout fails: has what it lacked come meanwhile? @returns whether something has */
export async function findMended(
  place: { api: Api; namespace: string },
  memory: WatchMemory,
  signal: AbortSignal,
): Promise<boolean> {
  const lacking = memory.overdue.filter((missing) => !memory.mended.has(idOf(missing)));
  memory.overdue = [];
  const found = await Promise.all(
    lacking.map(async (missing) => ((await isThere(place, missing, signal)) ? [idOf(missing)] : [])),
  );
  for (const id of found.flat()) memory.mended.add(id);
  return found.flat().length > 0;
}
