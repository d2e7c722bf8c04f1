import { advise } from '../../domain/hint.ts';
import { parseImageReference } from '../../domain/image-reference.ts';
import type { AppliedWorkload } from '../cluster.ts';
import { textOf } from '../json-reading.ts';
import type { KubeObject } from './objects.ts';
import { type ContainerView, containerViews } from './pods.ts';
import type { PodsInTrouble } from './pods-in-trouble.ts';

/**
 * A pod that runs something other than the applied digest: an admission rule has changed its image on the way. A pod
 * that names the applied digest runs it, since nodes check content by it; its status may call the same content by
 * another repository's digest.
 */
export function findWrongImage(pods: KubeObject[], applied: AppliedWorkload): PodsInTrouble | undefined {
  for (const pod of pods) {
    const wrong = containerViews(pod).find((container) => !runs(container, applied.images[container.name]));
    if (wrong !== undefined)
      return { trouble: describe(wrong, applied.images[wrong.name] ?? ''), pods: [pod] };
  }
  return undefined;
}

function runs({ spec, status }: ContainerView, expected: string | undefined): boolean {
  if (expected === undefined || textOf(spec.image) === expected) return true;
  const digest = parseImageReference(expected)?.digest ?? null;
  return digest === null || textOf(status.imageID).endsWith(`@${digest}`);
}

function describe({ name, spec, status }: ContainerView, expected: string): PodsInTrouble['trouble'] {
  const running = textOf(status.imageID) || textOf(spec.image);
  return {
    class: 'wrong-image',
    container: name,
    message: `container \`${name}\` runs ${running} instead of ${expected}`,
    hint: advise('image-changed'),
    toleranceMs: 0,
  };
}
