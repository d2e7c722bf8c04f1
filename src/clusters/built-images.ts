import { parseImageReference, sameImageName } from '../domain/image-reference.ts';
import type { BuiltImage, Refusal, WorkloadSource } from './cluster.ts';

/** The built image that a manifest means by what it writes as a container's image. */
export function builtImageFor(written: string, images: BuiltImage[]): BuiltImage | undefined {
  return images.find((built) => {
    const host = parseImageReference(built.reference)?.host;
    return sameImageName(written, built.name, host === undefined || host === null ? [] : [host]);
  });
}

/**
 * Refused where a built image that nobody else takes is not used, and where none is: the rollout would change nothing.
 * `written`: what containers name.
 */
export function findUnused(images: BuiltImage[], written: string[]): Refusal | undefined {
  const used = new Set(written.flatMap((text) => builtImageFor(text, images)?.step ?? []));
  const forgotten = forgottenIn(images, used);
  if (forgotten === undefined) return undefined;
  const seen =
    written.length === 0 ? 'there are no containers' : `they name ${[...new Set(written)].join(', ')}`;
  return { refusal: `no container of the manifests uses the built image ${forgotten.name}: ${seen}` };
}

/** An image may have been pushed to several registries: one use is enough. `used`: ids of build steps. */
function forgottenIn(images: BuiltImage[], used: ReadonlySet<string>): BuiltImage | undefined {
  const wanted = images.find(({ step, isTakenElsewhere }) => !used.has(step) && isTakenElsewhere !== true);
  return wanted ?? (used.size === 0 ? images[0] : undefined);
}

/** Refused where digests are required. `where`: `container api of deployment/cart` */
export function findDigestMissing(containers: { where: string; image: string }[]): Refusal | undefined {
  const without = containers.find(({ image }) => typeof parseImageReference(image)?.digest !== 'string');
  if (without === undefined) return undefined;
  const { where, image } = without;
  return { refusal: `${where} uses ${image} without a digest, and this environment requires digests` };
}

/** For an existing workload: container -> image reference. */
export function chosenImages(source: WorkloadSource, built: BuiltImage[]): Record<string, string> | Refusal {
  const images: Record<string, string> = {};
  for (const [container, step] of Object.entries(source.containers)) {
    const image = built.find((candidate) => candidate.step === step);
    if (image === undefined)
      return { refusal: `the image of step ${step} has not been pushed: add a push step` };
    images[container] = image.reference;
  }
  const unused = forgottenIn(built, new Set(Object.values(source.containers)));
  if (unused !== undefined) return { refusal: `no container is given the built image ${unused.name}` };
  return images;
}
