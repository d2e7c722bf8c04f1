import type { Credentials, RegistryConfig } from '../config/server-config.ts';
import { Fault } from '../domain/fault.ts';
import type { RegistryAccount, RegistryAnswer } from '../domain/registry-answer.ts';
import { parseFullImageReference, withReachableHost } from './registries.ts';
import { createRegistryClient } from './registry-client.ts';

/** Longer is no answer: somebody waits for the reason of a failure. */
const longestMs = 3_000;

/** One HEAD request an answer, to registries of the server's config alone. */
export function createRegistryAsker(configured: Readonly<Record<string, RegistryConfig>>) {
  const find = (image: string) => {
    const reference = parseFullImageReference(image);
    const registry = Object.values(configured).find(({ host }) => host === reference?.host);
    return reference === null || registry === undefined ? null : { reference, registry };
  };
  return {
    hostOf: (image: string): string | null => find(image)?.registry.host ?? null,
    async ask(
      image: string,
      as: 'own' | 'nobody' | RegistryAccount,
      signal: AbortSignal,
    ): Promise<RegistryAnswer | null> {
      const found = find(image);
      if (found === null || (as === 'own' && found.registry.credentials === null)) return null;
      const { reference, registry } = found;
      const credentials = credentialsOf(registry, as);
      const client = createRegistryClient(withReachableHost({ ...registry, credentials }));
      const limited = AbortSignal.any([signal, AbortSignal.timeout(longestMs)]);
      try {
        const digest = await client.digestOf(reference.name, reference.reference, limited);
        return digest === undefined ? 'missing' : 'there';
      } catch (error) {
        signal.throwIfAborted();
        return error instanceof Fault && error.code === 'registry-denied' ? 'refused' : 'silent';
      }
    },
  };
}

function credentialsOf(registry: RegistryConfig, as: 'own' | 'nobody' | RegistryAccount): Credentials | null {
  if (as === 'own') return registry.credentials;
  return as === 'nobody' ? null : { name: 'image pull secret', ...as };
}
