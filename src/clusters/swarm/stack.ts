import { isRefusal, type Refusal, type WriteHooks } from '../cluster.ts';
import { recordOf, textOf } from '../json-reading.ts';
import type { ComposeProject } from './compose-file.ts';
import { networkName, type Stack } from './compose-spec.ts';
import { type EngineApi, isRefusalWith } from './engine-api.ts';
import { stackLabel } from './service.ts';
import { findIds } from './service-writer.ts';

/** What the server's config says about stacks: a Compose file can name nothing else of the swarm than this. */
export interface StackSettings {
  /** In front of every stack's name; keeps the environments of one swarm apart. */
  prefix: string;
  /** What exists in the swarm and may be used. */
  networks: readonly string[];
  secrets: readonly string[];
  configs: readonly string[];
}

export interface PreparedStack extends Stack {
  /** Its own networks, to be made where they are missing. */
  networks: { name: string; isInternal: boolean }[];
}

interface StackRequest {
  project: ComposeProject;
  name: string;
  settings: StackSettings;
}

const longestServiceName = 63;

/** Looks up what the stack takes from outside, and refuses what it may not take or cannot have. */
export async function prepareStack(
  api: EngineApi,
  request: StackRequest,
  signal: AbortSignal,
): Promise<PreparedStack | Refusal> {
  const { project, name } = request;
  const tooLong = Object.keys(project.services).find(
    (service) => `${name}_${service}`.length > longestServiceName,
  );
  if (tooLong !== undefined)
    return {
      refusal: `the name ${name}_${tooLong} is longer than ${longestServiceName} characters: give the Compose file a shorter \`name\``,
    };
  const used = usedNetworks(project);
  const forbidden = findForbidden(request, used);
  if (forbidden !== undefined) return forbidden;
  const configIds = await idsOf(api, { kind: 'configs', names: project.configs }, signal);
  if (isRefusal(configIds)) return configIds;
  const secretIds = await idsOf(api, { kind: 'secrets', names: project.secrets }, signal);
  if (isRefusal(secretIds)) return secretIds;
  const networks = used
    .filter((key) => project.networks[key]?.kind !== 'external')
    .map((key) => ({
      name: networkName(key, { project, stack: { name } }),
      isInternal: project.networks[key]?.internal ?? false,
    }));
  return { name, configIds, secretIds, networks };
}

function usedNetworks({ services }: ComposeProject): string[] {
  const used = Object.values(services).flatMap(({ networks }) => Object.keys(networks ?? { default: {} }));
  return [...new Set(used)];
}

function findForbidden({ project, settings }: StackRequest, used: string[]): Refusal | undefined {
  const external = used.filter((key) => project.networks[key]?.kind === 'external');
  const networks = external.map((key) => networkName(key, { project, stack: { name: '' } }));
  const asked = [
    { kind: 'networks' as const, names: networks },
    { kind: 'secrets' as const, names: Object.values(project.secrets) },
    { kind: 'configs' as const, names: Object.values(project.configs) },
  ];
  for (const { kind, names } of asked) {
    const forbidden = names.find((name) => !settings[kind].includes(name));
    if (forbidden === undefined) continue;
    const what = `the ${kind.slice(0, -1)} ${forbidden}`;
    return {
      refusal: `this environment does not let pipelines use ${what}: the server's config would name it under swarm.${kind}`,
    };
  }
  return undefined;
}

async function idsOf(
  api: EngineApi,
  { kind, names }: { kind: 'configs' | 'secrets'; names: Record<string, string> },
  signal: AbortSignal,
): Promise<Map<string, string> | Refusal> {
  const wanted = Object.values(names);
  const ids = await findIds(api, { kind, names: wanted }, signal);
  const missing = wanted.find((name) => !ids.has(name));
  if (missing === undefined) return ids;
  const what = kind.slice(0, -1);
  return {
    refusal: `the swarm has no ${what} ${missing}: make it with \`docker ${what} create ${missing} FILE\``,
  };
}

/** Makes the stack's own networks that are not there yet. */
export async function makeNetworks(
  api: EngineApi,
  stack: PreparedStack,
  { hooks, signal }: { hooks: WriteHooks; signal: AbortSignal },
): Promise<Refusal | undefined> {
  for (const network of stack.networks) {
    if (await hasNetwork(api, network.name, signal)) continue;
    await hooks.confirm();
    signal.throwIfAborted();
    const json = {
      Name: network.name,
      Driver: 'overlay',
      Scope: 'swarm',
      Internal: network.isInternal,
      CheckDuplicate: true,
      Labels: { [stackLabel]: stack.name },
    };
    try {
      await api.call({ method: 'POST', path: '/networks/create', json }, signal);
      hooks.onProgress(`made the network ${network.name}`);
    } catch (error) {
      // Somebody else has made it meanwhile.
      if (isRefusalWith(error, 409)) continue;
      if (!isRefusalWith(error, 400, 403)) throw error;
      return { refusal: `the swarm refuses the network ${network.name}: ${error.message}` };
    }
  }
  return undefined;
}

async function hasNetwork(api: EngineApi, name: string, signal: AbortSignal): Promise<boolean> {
  const found = await api.call({ path: '/networks', query: { filters: { name: [name] } } }, signal);
  return Array.isArray(found) && found.some((network) => textOf(recordOf(network).Name) === name);
}
