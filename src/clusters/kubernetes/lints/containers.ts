import { isDeepStrictEqual } from 'node:util';
import { parseImageReference } from '../../../domain/image-reference.ts';
import type { JsonObject } from '../../../domain/json.ts';
import { at, listOf, recordOf, textOf } from '../../json-reading.ts';
import { containersOf, type KubeObject } from '../objects.ts';
import type { Lint } from './lint.ts';

/** What the containers of a workload lack. */
export function containerLints(workload: KubeObject): Lint[] {
  const spec = recordOf(at(workload, 'spec', 'template', 'spec'));
  const serving = listOf(spec.containers);
  const probeless = serving.filter(({ readinessProbe }) => readinessProbe === undefined);
  const twins = serving.filter(
    ({ readinessProbe, livenessProbe }) =>
      livenessProbe !== undefined && isDeepStrictEqual(readinessProbe, livenessProbe),
  );
  const unlimited = serving.filter(
    (container) => at(container, 'resources', 'limits', 'memory') === undefined,
  );
  // A limit is a request too, where none is said.
  const greedy = serving.filter(({ resources }) => {
    const { requests, limits } = recordOf(resources);
    return [requests, limits].every((amounts) => Object.keys(recordOf(amounts)).length === 0);
  });
  return [
    ...lintOf('no-readiness-probe', probeless, {
      text: 'no readinessProbe: requests come as soon as it runs, whether it can answer or not',
    }),
    ...lintOf('same-probes', twins, {
      text: 'the same readinessProbe and livenessProbe: what should only be spared requests is killed',
    }),
    ...lintOf('no-memory-limit', unlimited, {
      text: 'no memory limit: what it takes too much, other pods of its node lack',
    }),
    ...lintOf('no-requests', greedy, {
      text: 'no requests: it is put on a node without asking whether that has room, is the first to be evicted there, and a quota on requests refuses it',
    }),
    ...containersOf(spec).flatMap(imageLints),
  ];
}

function lintOf(name: Lint['name'], containers: readonly JsonObject[], { text }: { text: string }): Lint[] {
  return containers.length === 0 ? [] : [{ name, text: `${namesOf(containers)} ${text}` }];
}

/** `container api has`, `containers api and proxy have` */
export function namesOf(containers: readonly JsonObject[]): string {
  const names = containers.map(({ name }) => textOf(name));
  return names.length === 1 ? `container ${names[0]} has` : `containers ${names.join(' and ')} have`;
}

function imageLints({ name, image }: JsonObject): Lint[] {
  const reference = parseImageReference(textOf(image));
  if (reference === null || reference.digest !== null) return [];
  if (reference.tag !== null && reference.tag !== 'latest') return [];
  const text = `container ${textOf(name)} uses ${textOf(image)}, which means another image tomorrow: name a version or a digest`;
  return [{ name: 'moving-image', text }];
}
