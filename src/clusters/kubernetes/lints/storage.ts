import { at, listOf, numberOf, recordOf, textOf } from '../../json-reading.ts';
import { type KubeObject, nameOf } from '../objects.ts';
import type { Lint } from './lint.ts';

/** A volume that one node alone can have, under a workload that starts a new pod before it ends an old one. */
export function storageLints(workload: KubeObject, objects: readonly KubeObject[]): Lint[] {
  if (workload.kind !== 'Deployment' || !hasSurge(workload)) return [];
  const volumes = listOf(at(workload, 'spec', 'template', 'spec', 'volumes'));
  const claimed = volumes.map((volume) => textOf(at(volume, 'persistentVolumeClaim', 'claimName')));
  return objects
    .filter(({ kind, metadata }) => kind === 'PersistentVolumeClaim' && claimed.includes(metadata.name))
    .filter(isOfOneNode)
    .map((claim) => ({
      name: 'held-volume',
      text: `${nameOf(claim)} can be on one node at a time, and a rollout starts a new pod before the old one has let go of it: on another node it waits for ever; set strategy Recreate, or maxSurge 0`,
    }));
}

function isOfOneNode(claim: KubeObject): boolean {
  const modes = at(claim, 'spec', 'accessModes');
  return (
    Array.isArray(modes) &&
    modes.length > 0 &&
    modes.every((mode) => textOf(mode).startsWith('ReadWriteOnce'))
  );
}

function hasSurge(workload: KubeObject): boolean {
  const strategy = recordOf(at(workload, 'spec', 'strategy'));
  const { maxSurge = '25%' } = recordOf(strategy.rollingUpdate);
  const isNone = maxSurge === 0 || /^0+%?$/.test(String(maxSurge));
  return strategy.type !== 'Recreate' && !isNone && numberOf(at(workload, 'spec', 'replicas'), 1) > 0;
}
