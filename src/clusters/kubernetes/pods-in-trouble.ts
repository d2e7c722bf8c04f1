import { textOf } from '../json-reading.ts';
import { borneWhileOthersEnd } from './ending-pods.ts';
import type { JudgeSettings, Look } from './judge.ts';
import { borneIfLost } from './lost-node.ts';
import { borneIfMended } from './mended.ts';
import type { KubeObject } from './objects.ts';
import { type Trouble, troublesOf } from './pod-trouble.ts';
import { momentsOf, type WatchMemory } from './watch-memory.ts';

/** A trouble with the pods that have it; none for a trouble of the workload itself. */
export interface PodsInTrouble {
  trouble: Trouble;
  pods: KubeObject[];
}

interface Gathered {
  /** The worst of each pod: by these it is judged. */
  troubles: PodsInTrouble[];
  /** What other containers of the same pods have besides: told once the rollout has failed. */
  further: PodsInTrouble[];
}

/** Pods with the same trouble belong together, whatever their own numbers and times are. */
export function gatherTroubles(
  pods: readonly KubeObject[],
  look: Look,
  { budgets, memory }: JudgeSettings & { memory: WatchMemory },
): Gathered {
  const found = pods.map((pod) => {
    const events = look.events.get(textOf(pod.metadata.uid)) ?? [];
    const seen = troublesOf(pod, { budgets, events, ...momentsOf(memory, pod) });
    const bear = (one: Trouble) =>
      borneIfLost(
        borneIfMended(borneWhileOthersEnd(one, look.pods, { memory, now: look.now }), memory),
        pod,
        look,
      );
    const [worst, ...others] = seen.map(bear);
    return { pod, worst, others: others.filter((one) => isAnother(one, worst)) };
  });
  return {
    troubles: together(
      found.flatMap(({ pod, worst }) => (worst === undefined ? [] : [{ pod, trouble: worst }])),
    ),
    further: ranked(
      together(found.flatMap(({ pod, others }) => others.map((trouble) => ({ pod, trouble })))),
    ),
  };
}

/** That it waits for the one that fails is no news. */
function isAnother(trouble: Trouble, worst: Trouble | undefined): boolean {
  const mayWait = trouble.class === 'never-ready' || trouble.class === 'incomplete';
  return trouble.container !== null && trouble.container !== worst?.container && !mayWait;
}

function together(entries: readonly { pod: KubeObject; trouble: Trouble }[]): PodsInTrouble[] {
  const groups = Map.groupBy(
    entries,
    ({ trouble }) => `${trouble.class} ${trouble.container} ${trouble.toleranceMs}`,
  );
  return [...groups.values()].flatMap((group) => {
    const [first] = group;
    return first === undefined ? [] : [{ trouble: first.trouble, pods: group.map(({ pod }) => pod) }];
  });
}

/** The hopeless first, then what most pods have. */
export function ranked(troubles: readonly PodsInTrouble[]): PodsInTrouble[] {
  return troubles.toSorted(
    (left, right) =>
      compare(left.trouble.toleranceMs, right.trouble.toleranceMs) || right.pods.length - left.pods.length,
  );
}

/** Infinity minus itself is no number. */
function compare(left: number, right: number): number {
  return left === right ? 0 : left - right;
}
