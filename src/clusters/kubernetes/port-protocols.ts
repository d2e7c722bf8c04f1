import type { Json, JsonObject } from '../../domain/json.ts';
import { listOf, recordOf } from '../json-reading.ts';
import type { KubeObject } from './objects.ts';

/**
 * Writes the default protocol of ports out. It is part of their key in server-side apply, and API servers before 1.21
 * refuse a key that is left to its default.
 */
export function withPortProtocols(object: KubeObject): KubeObject {
  const spec = recordOf(object.spec);
  if (object.kind === 'Service' && spec.ports !== undefined) {
    return { ...object, spec: { ...spec, ports: portsOf(spec) } };
  }
  const template = recordOf(spec.template);
  if (template.spec === undefined) return object;
  const podSpec = recordOf(template.spec);
  return { ...object, spec: { ...spec, template: { ...template, spec: withContainerPorts(podSpec) } } };
}

function withContainerPorts(podSpec: JsonObject): JsonObject {
  const changed = { ...podSpec };
  for (const list of ['initContainers', 'containers']) {
    if (podSpec[list] === undefined) continue;
    changed[list] = listOf(podSpec[list]).map((container) =>
      container.ports === undefined ? container : { ...container, ports: portsOf(container) },
    );
  }
  return changed;
}

function portsOf({ ports }: JsonObject): Json[] {
  return listOf(ports).map((port) => ({ protocol: 'TCP', ...port }));
}
