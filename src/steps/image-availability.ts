import type { JsonObject } from '../domain/json.ts';
import type { BuildOutput } from '../domain/step-output.ts';
import type { DockerEngine } from '../images/docker-engine.ts';
import { parseFullImageReference, type Registries } from '../images/registries.ts';
import type { Manifest } from '../images/registry-client.ts';

/** What a push step writes down before it pushes. */
export interface PushJournal extends JsonObject {
  /** `registry.example.com/shop/cart` */
  repository: string;
  tag: string;
  imageId: string;
}

/** Whether a manifest is that of an image. Engines that keep images in containerd use the manifest's own digest as id. */
export function imageIsIn(manifest: Manifest, imageId: string): boolean {
  return manifest.configDigest === imageId || manifest.digest === imageId;
}

/**
 * Tells whether the image of a build can still be had: this engine has it, or a registry has it under the tag that a
 * push has written down.
 * @throws Fault when engine or registry do not answer: not knowing is no reason to build again
 */
export function createImageAvailability({
  engine,
  registries,
}: {
  engine: DockerEngine;
  registries: Registries;
}) {
  return async (
    build: BuildOutput,
    pushJournals: readonly JsonObject[],
    signal: AbortSignal,
  ): Promise<boolean> => {
    if (await engine.has(build.imageId, signal)) return true;
    for (const { repository, tag, imageId } of pushJournals) {
      const target = parseFullImageReference(`${repository}:${tag}`);
      if (imageId !== build.imageId || target === null) continue;
      const manifest = await registries.at(target.host).manifest(target.name, target.reference, signal);
      if (manifest !== undefined && imageIsIn(manifest, build.imageId)) return true;
    }
    return false;
  };
}
