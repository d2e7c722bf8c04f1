import type { ServerConfig } from '../config/server-config.ts';
import { parseFullImageReference, type Registries } from '../images/registries.ts';

const registryDeadlineMs = 15_000;

/**
 * Whether a registry still has `host/name@sha256:...`. A digest in a registry that is not ours is taken for granted: we
 * may not be allowed to ask there.
 */
export function createDigestCheck(
  config: ServerConfig,
  registries: Registries,
): (reference: string) => Promise<boolean> {
  return async (reference) => {
    const image = parseFullImageReference(reference);
    const isOurs = Object.values(config.registries).some(({ host }) => host === image?.host);
    if (image === null || !isOurs) return true;
    const signal = AbortSignal.timeout(registryDeadlineMs);
    return (await registries.at(image.host).manifest(image.name, image.reference, signal)) !== undefined;
  };
}
