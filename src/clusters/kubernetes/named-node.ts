import { advise, joinHints } from '../../domain/hint.ts';
import { at, textOf } from '../json-reading.ts';
import type { Api } from './api.ts';
import { isApiError } from './api-error.ts';
import type { Budgets } from './budgets.ts';
import type { KubeObject } from './objects.ts';
import type { Trouble } from './pod-trouble.ts';
import { podCondition } from './pods.ts';

/**
 * A pod that names its node itself, past the scheduler, and that no node has taken up. The cluster deletes it after a while where
 * there is no such node, and its workload makes the next one, which fares no better.
 */
export function namedNodeTrouble(pod: KubeObject, { unschedulableMs }: Budgets): Trouble | undefined {
  const node = nodeOf(pod);
  // Set by the scheduler when it has chosen the node, else by the node when it has taken the pod up.
  if (node === '' || podCondition(pod, 'PodScheduled').status !== undefined) return undefined;
  return {
    class: 'unschedulable',
    container: null,
    message: `its nodeName is ${node}, and no node of that name has taken the pod up`,
    hint: joinHints(advise('node-name'), advise('node-late', { node })),
    toleranceMs: unschedulableMs,
    isOfTemplate: true,
  };
}

/** The same once the node was asked for; null: there it is, or we may not look at nodes. */
export async function withoutNode(
  api: Api,
  { trouble, pod }: { trouble: Trouble; pod: KubeObject },
  signal: AbortSignal,
): Promise<Trouble | null> {
  const node = nodeOf(pod);
  const isMissing = await api.call({ path: `/api/v1/nodes/${node}` }, signal).then(
    () => false,
    (error: unknown) => isApiError(error, 404),
  );
  if (!isMissing) return null;
  return {
    ...trouble,
    message: `its nodeName is ${node}, and there is no node of that name`,
    hint: advise('node-name'),
  };
}

function nodeOf(pod: KubeObject): string {
  return textOf(at(pod, 'spec', 'nodeName'));
}
