import { lookup } from 'node:dns/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { at, listOf, textOf } from '../json-reading.ts';
import { type KubeObject, nameOf } from './objects.ts';

/** The addresses of a name, as a worker's own resolver tells them; none where it knows no such name. */
export type Resolve = (name: string) => Promise<string[]>;

/** A name that every cluster's own resolver knows: whether ours is one, or leads to one. */
const knownEverywhere = 'kubernetes.default.svc';

/**
 * Under which names pods of the cluster reach Services, one line each. The cluster's domain is left out: every pod's
 * search path adds it. Where this worker uses the cluster's resolver, a name that does not lead to its Service is
 * told; that is no failure, since a resolver may remember for 30 s that there was no such name.
 */
export async function namesOfServices(
  services: readonly KubeObject[],
  namespace: string,
  resolve: Resolve = resolveHere,
): Promise<string[]> {
  if (services.length === 0) return [];
  const isChecked = (await resolve(knownEverywhere)).length > 0;
  return Promise.all(
    services.map(async (service) => {
      const name = `${service.metadata.name}.${namespace}.svc`;
      const ports = listOf(at(service, 'spec', 'ports')).map(({ port }) => String(port));
      const reached = `${nameOf(service)} is reached as ${name}, port ${ports.join(' and ')}`;
      if (!isChecked) return reached;
      return `${reached}${checkedText(service, await resolve(name))}`;
    }),
  );
}

function checkedText(service: KubeObject, addresses: string[]): string {
  if (addresses.length === 0) return '; the resolver does not know that name (yet)';
  const own = textOf(at(service, 'spec', 'clusterIP'));
  // A headless one leads to its pods.
  if (own === 'None' || own === '' || addresses.includes(own)) return '; the name resolves';
  return `; the name leads to ${addresses.join(', ')}, not to ${own}`;
}

/** Longer is no answer: a firewall may swallow the question. */
const longestMs = 2_000;

async function resolveHere(name: string): Promise<string[]> {
  const over = new AbortController();
  try {
    const answer = lookup(name, { all: true }).then(
      (found) => found.map(({ address }) => address),
      () => [],
    );
    return await Promise.race([answer, delay(longestMs, [], { signal: over.signal })]);
  } finally {
    over.abort();
  }
}
