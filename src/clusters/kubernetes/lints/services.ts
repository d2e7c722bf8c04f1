import { at, recordOf } from '../../json-reading.ts';
import { isWorkload, type KubeObject, nameOf } from '../objects.ts';
import { deadPorts, hasSelector, isServiceOf, type NewVersion } from '../service-rule.ts';
import type { Lint } from './lint.ts';

/** Ports of Services that lead to nothing in the workloads behind them: known before the rollout, which would fail in the end. */
export function serviceLints(workload: KubeObject, objects: readonly KubeObject[]): Lint[] {
  const workloads = objects.filter(isWorkload);
  const services = objects.filter((object) => object.kind === 'Service' && hasSelector(object));
  return services.flatMap((service) => {
    const targets = workloads.map(versionOf).filter((version) => isServiceOf(service, version));
    // Of several workloads behind it, the first one speaks.
    if (targets[0]?.name !== nameOf(workload)) return [];
    return deadPorts(service, targets).map((port) => ({
      name: 'dead-port',
      text: `${nameOf(service)} sends requests to a port named ${port}, which none of the containers has: name one of theirs so, or give its number as targetPort`,
    }));
  });
}

function versionOf(workload: KubeObject): NewVersion {
  return { name: nameOf(workload), template: recordOf(at(workload, 'spec', 'template')), newPods: [] };
}
