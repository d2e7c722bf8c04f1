import { at, listOf, textOf } from '../json-reading.ts';
import type { ClusterNames } from './dns/cluster-names.ts';
import { type KubeObject, nameOf } from './objects.ts';

/** The addresses of a name; none where there is no such name. */
type Ask = (name: string) => Promise<string[]>;

/**
 * Under which names pods of the cluster reach Services, one line each. The cluster's domain is left out: every pod's
 * search path adds it. Where names of the cluster can be asked for from here, one that does not lead to its Service is
 * told; that is no failure, since a resolver may remember for 30 s that there was no such name.
 */
export async function namesOfServices(
  { services, pods = [], namespace }: NamedServices,
  names: ClusterNames,
  signal: AbortSignal,
): Promise<string[]> {
  if (services.length === 0) return [];
  const ask: Ask | null = 'why' in names ? null : (name) => names.resolve(name, signal);
  const lines = services.map(async (service) => {
    const name = `${service.metadata.name}.${namespace}.svc`;
    const ports = listOf(at(service, 'spec', 'ports')).map(({ port }) => String(port));
    const onPorts = ports.length === 0 ? '' : `, port ${ports.join(' and ')}`;
    const reached = `${nameOf(service)} is reached as ${name}${onPorts}`;
    const checked = ask === null ? '' : checkedText(service, await ask(name));
    const named = isHeadless(service) ? pods.filter((pod) => isNamedBy(service, pod)) : [];
    if (named.length === 0) return [`${reached}${checked}`];
    return [`${reached}${checked}`, await podsLine({ name, pods: named }, ask)];
  });
  const unchecked = 'why' in names ? [`no name was asked for: ${names.why}`] : [];
  return [...(await Promise.all(lines)).flat(), ...unchecked];
}

export interface NamedServices {
  services: readonly KubeObject[];
  /** Of the new version: behind a headless Service each has a name of its own. */
  pods?: readonly KubeObject[];
  namespace: string;
}

/** The pods of a StatefulSet that names this Service have; so has any pod with a hostname and this subdomain. */
function isNamedBy(service: KubeObject, pod: KubeObject): boolean {
  return textOf(at(pod, 'spec', 'hostname')) !== '' && at(pod, 'spec', 'subdomain') === service.metadata.name;
}

async function podsLine(
  { name, pods }: { name: string; pods: readonly KubeObject[] },
  ask: Ask | null,
): Promise<string> {
  const names = pods.map((pod) => `${textOf(at(pod, 'spec', 'hostname'))}.${name}`).sort();
  const shown = names.slice(0, mostNames).join(', ');
  const rest = names.length > mostNames ? ` and ${names.length - mostNames} more` : '';
  const line = `each of its pods by a name of its own: ${shown}${rest}`;
  if (ask === null) return line;
  const answers = await Promise.all(
    pods.map(async (pod) => {
      const own = `${textOf(at(pod, 'spec', 'hostname'))}.${name}`;
      const addresses = await ask(own);
      if (addresses.length === 0) return `the resolver does not know ${own} (yet)`;
      const address = textOf(at(pod, 'status', 'podIP'));
      return addresses.includes(address) ? '' : `${own} leads to ${addresses.join(', ')}, not to ${address}`;
    }),
  );
  const wrong = answers.filter((answer) => answer !== '');
  return `${line}; ${wrong.length === 0 ? 'all resolve' : wrong.join('; ')}`;
}

/** More say the same again. */
const mostNames = 5;

function checkedText(service: KubeObject, addresses: string[]): string {
  if (addresses.length === 0) return '; the resolver does not know that name (yet)';
  const own = textOf(at(service, 'spec', 'clusterIP'));
  // A headless one leads to its pods.
  if (isHeadless(service) || addresses.includes(own)) return '; the name resolves';
  return `; the name leads to ${addresses.join(', ')}, not to ${own}`;
}

function isHeadless(service: KubeObject): boolean {
  return ['None', ''].includes(textOf(at(service, 'spec', 'clusterIP')));
}
