import type { DnsConfig } from '../../../config/server-config.ts';
import { isRefusal, type Refusal } from '../../cluster.ts';
import type { DnsChange, DnsLook } from '../../cluster-dns.ts';
import { at, recordOf, textOf } from '../../json-reading.ts';
import type { Api } from '../api.ts';
import { isApiError } from '../api-error.ts';
import { type KubeObject, toKubeObject } from '../objects.ts';
import { clashOf, editCorefile, stubBlocks } from './corefile.ts';
import { parseCorefile } from './corefile-tokens.ts';
import { markOf, type OwnedNames, textsOf, verdictOf } from './dns-mark.ts';
import { editKubeDns } from './kube-dns-data.ts';

/** The ConfigMap that is to be written, as it is, and what is to be in it. */
export interface DnsTarget {
  look: DnsLook;
  path: string;
  /** null: there is none yet. */
  live: KubeObject | null;
  owned: OwnedNames;
}

interface Place {
  api: Api;
  wish: DnsConfig;
  signal: AbortSignal;
}

/** Where a Corefile imports files of server blocks, such a file of our own is written instead. */
const importedMap = 'coredns-custom';
const importedKey = 'trunkline.server';
const nothingOwned: OwnedNames = { stubDomains: [] };

export async function findTarget(place: Place): Promise<DnsTarget | Refusal> {
  const { server, namespace } = place.wish;
  const coredns = server === 'kube-dns' ? null : await readMap(place, 'coredns');
  if (coredns !== null) return corednsTarget(place, coredns);
  if (server === 'coredns')
    return { refusal: `there is no ConfigMap coredns in ${namespace}: is dns.namespace right?` };
  const kubeDns = await readMap(place, 'kube-dns');
  // Of kube-dns it may be missing, so nothing tells that it is there.
  if (kubeDns === null && server === null)
    return {
      refusal: `there is no ConfigMap coredns or kube-dns in ${namespace}: say dns.server, or another dns.namespace`,
    };
  return kubeDnsTarget(place, kubeDns);
}

async function corednsTarget(place: Place, live: KubeObject): Promise<DnsTarget | Refusal> {
  const { wish } = place;
  const text = textOf(recordOf(live.data).Corefile);
  const corefile = parseCorefile(text);
  if (corefile?.imports.some((files) => files.endsWith('.server')) === true) {
    if (wish.upstream !== null)
      return {
        refusal: `the Corefile is kept by somebody else, who imports ${importedMap}: dns.upstream cannot be set there, stub-domains can`,
      };
    const clash = clashOf(corefile, Object.keys(wish.stubDomains), '53');
    if (clash !== undefined) return { refusal: clash };
    const blocks = stubBlocks(wish.stubDomains);
    const data = { [importedKey]: blocks === '' ? null : blocks };
    return target(place, { name: importedMap, live: await readMap(place, importedMap), data });
  }
  const edited = editCorefile(text, wish);
  return typeof edited === 'string'
    ? target(place, { name: 'coredns', live, data: { Corefile: edited } })
    : edited;
}

function kubeDnsTarget(place: Place, live: KubeObject | null): DnsTarget | Refusal {
  const edited = editKubeDns(textsOf(live?.data), place.wish, markOf(live)?.owned ?? nothingOwned);
  return isRefusal(edited) ? edited : target(place, { name: 'kube-dns', live, ...edited });
}

interface Wanted {
  name: string;
  live: KubeObject | null;
  data: Record<string, string | null>;
  owned?: OwnedNames;
}

function target({ wish }: Place, { name, live, data, owned = nothingOwned }: Wanted): DnsTarget {
  const { namespace } = wish;
  const there = textsOf(live?.data);
  const changes = Object.entries(data).map(
    ([key, after]): DnsChange => ({ key, before: there[key] ?? null, after }),
  );
  const mark = markOf(live);
  return {
    look: {
      server: name === 'kube-dns' ? 'kube-dns' : 'coredns',
      object: `configmap/${name}`,
      namespace,
      changes: changes.filter(({ before, after }) => before !== after),
      last: mark === null ? null : verdictOf(mark),
    },
    path: `/api/v1/namespaces/${namespace}/configmaps/${name}`,
    live,
    owned,
  };
}

async function readMap({ api, wish, signal }: Place, name: string): Promise<KubeObject | null> {
  try {
    const path = `/api/v1/namespaces/${wish.namespace}/configmaps/${name}`;
    return toKubeObject(await api.call({ path }, signal));
  } catch (error) {
    if (isApiError(error, 404)) return null;
    throw error;
  }
}

/** Where pods of the cluster ask for names; null: there is no such Service, or we may not see it. */
export async function addressOfServer(
  api: Api,
  namespace: string,
  signal: AbortSignal,
): Promise<string | null> {
  try {
    const service = await api.call({ path: `/api/v1/namespaces/${namespace}/services/kube-dns` }, signal);
    const address = textOf(at(service, 'spec', 'clusterIP'));
    return address === '' || address === 'None' ? null : address;
  } catch (error) {
    if (isApiError(error, 404) || isApiError(error, 403)) return null;
    throw error;
  }
}
