import type { AppliedWorkload } from '../cluster.ts';
import { at, listOf, numberOf, textOf } from '../json-reading.ts';
import type { Look } from './judge.ts';
import { containerNameOf, replicasOf } from './service.ts';

/** How others reach what now runs, and what deserves attention. */
export function notesOf({ name }: AppliedWorkload, { service }: Look): string[] {
  if (service === null) return [];
  if (replicasOf(service.spec) === 0) return [`${name}: it has 0 replicas: nothing runs`];
  const ports = listOf(at(service.spec, 'EndpointSpec', 'Ports')).flatMap((port) => {
    const published = numberOf(port.PublishedPort, 0);
    if (published === 0) return [];
    const where = textOf(port.PublishMode) === 'host' ? 'on the nodes that run it' : 'on every node';
    return [`port ${published}/${textOf(port.Protocol) || 'tcp'} ${where}`];
  });
  const networks = listOf(at(service.spec, 'TaskTemplate', 'Networks')).length;
  const reached = [
    ...(ports.length === 0 ? [] : [`published as ${ports.join(', ')}`]),
    ...(networks === 0 ? [] : [`called ${containerNameOf(service.spec)} in its networks`]),
  ];
  return reached.length === 0 ? [] : [`${name}: ${reached.join('; ')}`];
}
