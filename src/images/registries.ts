import type { RegistryConfig } from '../config/server-config.ts';
import { type ImageReference, parseImageReference } from '../domain/image-reference.ts';
import { createRegistryClient, type RegistryClient } from './registry-client.ts';

/** Every registry that the server knows, and any other one without credentials. */
export interface Registries {
  /** The registry of that name in the server's config; null names the default one. */
  named(name: string | null): RegistryClient | undefined;
  /** The registry at a host; one that is not configured never gets credentials. */
  at(host: string): RegistryClient;
  /** The same ones without credentials: what anybody may do there. */
  anonymous(): Registries;
}

/** An image reference with everything written out that Docker would fill in. */
export interface FullImageReference extends ImageReference {
  host: string;
  /** The tag, or the digest where there is one. */
  reference: string;
}

const dockerHub = 'docker.io';
/** Docker Hub's registry does not answer at the name that stands in references. */
const dockerHubRegistry = 'registry-1.docker.io';

export function createRegistries(configured: Readonly<Record<string, RegistryConfig>>): Registries {
  const clients = new Map(
    Object.entries(configured).map(([name, registry]) => [
      name,
      createRegistryClient(withReachableHost(registry)),
    ]),
  );
  const defaultName = Object.values(configured).find(({ isDefault }) => isDefault)?.name;
  const strangers = new Map<string, RegistryClient>();
  return {
    named: (name) => clients.get(name ?? defaultName ?? ''),
    at(host) {
      const reachable = host === dockerHub ? dockerHubRegistry : host;
      const known = clients.values().find((client) => client.host === reachable) ?? strangers.get(reachable);
      if (known !== undefined) return known;
      const stranger = createRegistryClient(unconfigured(reachable));
      strangers.set(reachable, stranger);
      return stranger;
    },
    anonymous() {
      const entries = Object.entries(configured).map(([name, registry]) => [
        name,
        { ...registry, credentials: null },
      ]);
      return createRegistries(Object.fromEntries(entries));
    },
  };
}

/** @returns null when the text is no image reference */
export function parseFullImageReference(text: string): FullImageReference | null {
  const parsed = parseImageReference(text);
  if (parsed === null) return null;
  const host = parsed.host ?? dockerHub;
  const name = host === dockerHub && !parsed.name.includes('/') ? `library/${parsed.name}` : parsed.name;
  return { ...parsed, host, name, reference: parsed.digest ?? parsed.tag ?? 'latest' };
}

/** Docker Hub under the name at which it answers. */
export function withReachableHost(registry: RegistryConfig): RegistryConfig {
  if (registry.host !== dockerHub) return registry;
  const address = registry.address === dockerHub ? dockerHubRegistry : registry.address;
  return { ...registry, host: dockerHubRegistry, address };
}

function unconfigured(host: string): RegistryConfig {
  return { name: host, host, address: host, credentials: null, isDefault: false, insecure: false, ca: null };
}
