import { builtImageFor, findDigestMissing, findUnused } from '../built-images.ts';
import type { BuiltImage, Refusal } from '../cluster.ts';
import { textOf } from '../json-reading.ts';
import { containersOf, type KubeObject, nameOf, podSpecsOf } from './objects.ts';

export interface DigestRules {
  images: BuiltImage[];
  requireDigests: boolean;
}

/**
 * Puts the digests of built images into every container that names one of them. Refused: a built image that no
 * container names (the rollout would change nothing), and where digests are required, a container without one.
 */
export function placeDigests(objects: KubeObject[], rules: DigestRules): KubeObject[] | Refusal {
  const placed = structuredClone(objects);
  const containers = placed.flatMap((object) =>
    podSpecsOf(object)
      .flatMap(containersOf)
      .map((container) => ({ container, owner: nameOf(object) })),
  );
  const written = containers.map(({ container }) => textOf(container.image));
  const unused = findUnused(rules.images, written);
  if (unused !== undefined) return unused;
  for (const { container } of containers) {
    const image = builtImageFor(textOf(container.image), rules.images);
    if (image !== undefined) container.image = image.reference;
  }
  if (!rules.requireDigests) return placed;
  const images = containers.map(({ container, owner }) => ({
    where: `container ${textOf(container.name)} of ${owner}`,
    image: textOf(container.image),
  }));
  return findDigestMissing(images) ?? placed;
}
