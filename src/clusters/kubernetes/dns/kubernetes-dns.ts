import type { DnsConfig } from '../../../config/server-config.ts';
import { isRefusal, type Refusal } from '../../cluster.ts';
import type { ClusterDns, DnsApplied, DnsVerdict } from '../../cluster-dns.ts';
import type { Api } from '../api.ts';
import { ApiError, asFault, isApiError } from '../api-error.ts';
import { type KubeObject, toKubeObject } from '../objects.ts';
import { type DnsHealth, type DnsPlace, healthOf, nameServerAt, watchDns } from './dns-health.ts';
import { type DnsMark, markOf, verdictOf, withData } from './dns-mark.ts';
import { addressOfServer, type DnsTarget, findTarget } from './dns-target.ts';

/** Beyond the time that it is watched, nobody watches it any more. */
const graceMs = 60_000;

/** In the ConfigMap of CoreDNS, or of kube-dns. */
export function createKubernetesDns(connect: () => Promise<{ api: Api }>): ClusterDns {
  return {
    async look(wish, signal) {
      const { api } = await connect();
      const target = await allowed(api, () => findTarget({ api, wish, signal }));
      return isRefusal(target) ? target : target.look;
    },
    async apply(wish, signal) {
      const { api } = await connect();
      return allowed(api, () => apply({ api, wish, signal }));
    },
  };
}

interface Applying {
  api: Api;
  wish: DnsConfig;
  signal: AbortSignal;
}

async function apply({ api, wish, signal }: Applying): Promise<DnsApplied | Refusal> {
  const target = await findTarget({ api, wish, signal });
  if (isRefusal(target)) return target;
  const { look, live } = target;
  const mark = markOf(live);
  const isTrying = mark?.state === 'trying';
  if (isTrying && Date.now() < Date.parse(mark.at) + wish.watchMs + graceMs)
    return { refusal: `${look.object} was written at ${mark.at} and is still being watched: wait for that` };
  if (look.changes.length === 0 && !isTrying) return { look, settle: null };
  const address = await addressOfServer(api, wish.namespace, signal);
  const loop = loopOf(wish, address);
  if (loop !== undefined) return { refusal: loop };
  const place = { api, wish, names: address === null ? null : nameServerAt(serverOf(address)) };
  const before = await healthOf(place, signal);
  const written = await write({ api, target, mark: newMark(target, mark) }, signal);
  if (isRefusal(written)) return written;
  return {
    look: { ...look, last: verdictOf(markOf(written) ?? newMark(target, mark)) },
    settle: (settling) => settle(place, { target, written, before }, settling),
  };
}

/** What was never found good is not worth going back to: then the content before that is. */
function newMark({ look, owned }: DnsTarget, mark: DnsMark | null): DnsMark {
  const former = Object.fromEntries(look.changes.map(({ key, before }) => [key, before]));
  return {
    state: 'trying',
    at: new Date().toISOString(),
    text: 'it is being watched',
    former: mark?.state === 'trying' ? { ...former, ...mark.former } : former,
    owned,
  };
}

/** The cluster's own address among its servers makes it ask itself for ever. */
function loopOf({ stubDomains, upstream }: DnsConfig, address: string | null): string | undefined {
  const all = [...Object.values(stubDomains).flat(), ...(upstream ?? [])];
  const own = all.find((server) => address !== null && [address, serverOf(address)].includes(server));
  return own === undefined
    ? undefined
    : `${own} is the cluster's own server of names, which would ask itself: take it out`;
}

function serverOf(address: string): string {
  return address.includes(':') ? `[${address}]:53` : `${address}:53`;
}

interface Writing {
  api: Api;
  target: Pick<DnsTarget, 'look' | 'path' | 'live'>;
  mark: DnsMark;
}

/** Refused when it is no longer what was read. */
async function write({ api, target, mark }: Writing, signal: AbortSignal): Promise<KubeObject | Refusal> {
  const { look, path, live } = target;
  const [collection = '', name = ''] = path.split(/\/(?=[^/]*$)/);
  const base = live ?? { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace: look.namespace } };
  const changes = Object.fromEntries(look.changes.map(({ key, after }) => [key, after]));
  const body = withData(base, changes, mark);
  const query = { fieldManager: 'trunkline' };
  const call =
    live === null
      ? ({ method: 'POST', path: collection, query, body } as const)
      : ({ method: 'PUT', path, query, body } as const);
  try {
    return toKubeObject(await api.call(call, signal));
  } catch (error) {
    if (isApiError(error, 409))
      return { refusal: `somebody has changed ${look.object} meanwhile: look at it again` };
    if (isApiError(error, 422)) return { refusal: `the cluster refuses ${look.object}: ${error.message}` };
    throw error;
  }
}

interface Written {
  target: DnsTarget;
  written: KubeObject;
  before: DnsHealth;
}

async function settle(
  place: DnsPlace,
  { target, written, before }: Written,
  signal: AbortSignal,
): Promise<DnsVerdict> {
  const mark = markOf(written) ?? newMark(target, null);
  const { isWell, text } = await watchDns(place, before, signal);
  const back = Object.entries(mark.former).map(([key, after]) => ({ key, before: null, after }));
  const look = { ...target.look, changes: isWell ? [] : back };
  const settled: DnsMark = isWell
    ? { ...mark, state: 'kept', text }
    : { ...mark, state: 'restored', text, owned: markOf(target.live)?.owned ?? { stubDomains: [] } };
  const result = await write(
    { api: place.api, target: { look, path: target.path, live: written }, mark: settled },
    signal,
  );
  if (!isRefusal(result)) return verdictOf(settled);
  const left = isWell ? text : `${text}; it was left as it is, since ${result.refusal}`;
  return { ...verdictOf(mark), state: 'kept', text: left };
}

/** Who may not do it is told what is missing. */
async function allowed<T>(api: Api, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof ApiError)
      throw asFault(error, {
        verb: 'get, create or update',
        resource: 'configmaps, or list pods',
        server: api.server,
      });
    throw error;
  }
}
