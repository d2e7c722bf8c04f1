import { isNoObject } from '../domain/git-names.ts';
import type { RemoteRefs } from '../scm/source-control.ts';
import type { ToldPush } from '../store/announcements.ts';

/** How long a replica, or a cache before the server, may show the refs as they were before a push that a hook has told of. */
export const replicaPatienceMs = 60_000;

/**
 * How soon to look again, because the refs are still as they were before a push that a hook has told of; pauses grow with the
 * time waited.
 * @param pushes newest first
 * @returns undefined where every push shows, or something that came after it
 */
export function lookAgainForPushes(
  pushes: readonly ToldPush[],
  refs: RemoteRefs['refs'],
): number | undefined {
  const newest = new Map<string, ToldPush>();
  for (const push of pushes.toReversed()) newest.set(push.ref, push);
  const isShown = ({ ref }: ToldPush, id: string) => sameObject(refs.get(ref), id);
  const waits = [...newest.values()]
    .filter((push) => !isShown(push, push.after))
    .filter(({ ref }) => pushes.some((push) => push.ref === ref && isShown(push, push.before)))
    .map(({ ageMs }) => Math.min(10_000, Math.max(250, ageMs)));
  return waits.length === 0 ? undefined : Math.min(...waits);
}

function sameObject(shown: string | undefined, told: string): boolean {
  return shown === undefined ? isNoObject(told) : shown === told;
}
