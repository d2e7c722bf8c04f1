import { at, listOf, recordOf, textOf } from '../../json-reading.ts';
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
    return [
      ...deadPorts(service, targets).map((port) => ({
        name: 'dead-port' as const,
        text: `${nameOf(service)} sends requests to a port named ${port}, which none of the containers has: name one of theirs so, or give its number as targetPort`,
      })),
      ...undeclaredPorts(service, targets).map(({ port, declared }) => ({
        name: 'undeclared-port' as const,
        text: `${nameOf(service)} sends requests to port ${port}, and the containers name ${declared.join(' and ')}: unless something listens there too, it answers nobody`,
      })),
    ];
  });
}

/** A container need not name its ports; where it does, another number is hardly meant. */
function undeclaredPorts(service: KubeObject, targets: readonly NewVersion[]) {
  const containers = targets.flatMap(({ template }) => listOf(at(template, 'spec', 'containers')));
  const named = containers.flatMap(({ ports }) => listOf(ports).map(({ containerPort }) => containerPort));
  const declared = [...new Set(named.filter((port) => typeof port === 'number'))];
  const numbers = listOf(at(service, 'spec', 'ports')).map(({ port, targetPort = port }) => targetPort);
  const wanted = numbers.filter((port) => typeof port === 'number');
  if (declared.length === 0) return [];
  return wanted.filter((port) => !declared.includes(port)).map((port) => ({ port, declared }));
}

/** By the headless Service that a StatefulSet names, each of its pods has a name of its own. */
export function podNameLints(workload: KubeObject, objects: readonly KubeObject[]): Lint[] {
  const wanted = podNameServiceOf(workload);
  if (wanted === undefined) return [];
  if (wanted === '') return [noPodNames('it has no serviceName')];
  const service = objects.find(({ kind, metadata }) => kind === 'Service' && metadata.name === wanted);
  return service === undefined ? [] : podNameLintsOf(service);
}

/** undefined: no StatefulSet, whose pods need no names. */
export function podNameServiceOf({ kind, spec }: KubeObject): string | undefined {
  return kind === 'StatefulSet' ? textOf(at(spec, 'serviceName')) : undefined;
}

/** Of the Service that a StatefulSet names. */
export function podNameLintsOf(service: KubeObject): Lint[] {
  if (at(service, 'spec', 'clusterIP') === 'None') return [];
  return [noPodNames(`its serviceName leads to ${nameOf(service)}, which is not headless`)];
}

export function noPodNames(why: string): Lint {
  const text = `${why}, so its pods have no names of their own: name a Service with clusterIP: None there`;
  return { name: 'no-pod-names', text };
}

function versionOf(workload: KubeObject): NewVersion {
  return { name: nameOf(workload), template: recordOf(at(workload, 'spec', 'template')), newPods: [] };
}
