import { advise } from '../../domain/hint.ts';
import { at, textOf } from '../json-reading.ts';
import type { Api } from './api.ts';
import type { Look } from './judge.ts';
import { isReadyNode } from './node-room.ts';
import type { KubeObject } from './objects.ts';
import type { Trouble } from './pod-trouble.ts';

/** The cluster moves its pods elsewhere by itself, after some minutes; what was certain before stays certain. */
export function borneIfLost(
  trouble: Trouble,
  pod: KubeObject,
  { lostNodes }: Pick<Look, 'lostNodes'>,
): Trouble {
  const node = nodeOf(pod);
  if (trouble.toleranceMs === 0 || !lostNodes.includes(node)) return trouble;
  return {
    ...trouble,
    message: `${trouble.message}; its node ${node} does not report any more`,
    hint: advise('node-lost', { node }),
    toleranceMs: Number.POSITIVE_INFINITY,
    borneFor: 'lost-node',
  };
}

/** Which nodes of the pods are not ready. None where we may not look at nodes. */
export async function findLostNodes(
  api: Api,
  pods: readonly KubeObject[],
  signal: AbortSignal,
): Promise<string[]> {
  const names = [...new Set(pods.map(nodeOf))].filter((name) => name !== '');
  const lost = names.map(async (name) => {
    const node = await api.call({ path: `/api/v1/nodes/${name}` }, signal).catch(() => null);
    return node === null || isReadyNode(node as KubeObject) ? [] : [name];
  });
  return (await Promise.all(lost)).flat();
}

function nodeOf(pod: KubeObject): string {
  return textOf(at(pod, 'spec', 'nodeName'));
}
