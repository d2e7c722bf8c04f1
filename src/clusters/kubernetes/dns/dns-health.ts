import { Resolver } from 'node:dns/promises';
import { setTimeout as delay } from 'node:timers/promises';
import type { DnsConfig } from '../../../config/server-config.ts';
import { at, listOf } from '../../json-reading.ts';
import type { Api } from '../api.ts';
import { isKubeObject, type KubeObject } from '../objects.ts';
import { isReady, restartsOf } from '../pods.ts';

/** Asks the cluster's server of names. */
export interface NameServer {
  /** `silent`: no answer came at all, which where there was one before is bad news. */
  ask(name: string): Promise<'found' | 'unknown' | 'silent'>;
}

export interface DnsPlace {
  api: Api;
  wish: DnsConfig;
  /** null: this process knows no address of it. */
  names: NameServer | null;
}

/** How it was before a change. */
export interface DnsHealth {
  ready: number;
  /** Name of a pod -> its restarts. */
  restarts: Record<string, number>;
  /** This process reaches the server of names. */
  isAnswered: boolean;
}

/** The pods of CoreDNS and of kube-dns alike. */
const labelSelector = 'k8s-app=kube-dns';
/** Any name will do: that there is none is an answer too. */
const anyName = 'kubernetes.default.svc.cluster.local';
const everyMs = 1_000;
/** As many looks in a row: a pod may be replaced for other reasons. */
const mostBadLooks = 5;

export async function healthOf(place: DnsPlace, signal: AbortSignal): Promise<DnsHealth> {
  const pods = await podsOf(place, signal);
  return {
    ready: pods.filter(isReady).length,
    restarts: Object.fromEntries(pods.map((pod) => [pod.metadata.name, restartsOf(pod)])),
    isAnswered: place.names !== null && (await place.names.ask(anyName)) !== 'silent',
  };
}

/** @returns whether all is as well as before once the time is over, or as soon as that is sure, and why in one line */
export async function watchDns(
  place: DnsPlace,
  before: DnsHealth,
  signal: AbortSignal,
): Promise<{ isWell: boolean; text: string }> {
  const end = performance.now() + place.wish.watchMs;
  for (let badLooks = 0; performance.now() < end; await pause(signal)) {
    const pods = await podsOf(place, signal);
    const fallen = pods.find((pod) => restartsOf(pod) > (before.restarts[pod.metadata.name] ?? 0));
    if (fallen !== undefined) return bad(`pod/${fallen.metadata.name} has restarted`);
    const ready = pods.filter(isReady).length;
    badLooks = ready < before.ready ? badLooks + 1 : 0;
    if (badLooks >= mostBadLooks) return bad(`${ready} of ${before.ready} pods are ready that answer names`);
  }
  return verdictOnNames(place, before);
}

async function verdictOnNames({ wish, names }: DnsPlace, before: DnsHealth) {
  const watched =
    before.ready === 0
      ? `no pod with ${labelSelector} was ready in ${wish.namespace} before, so none was watched`
      : `${before.ready} pods stayed ready for ${wish.watchMs / 1000} s`;
  if (names === null || !before.isAnswered)
    return good(`${watched}; no name was asked for: the cluster's server of names is out of reach from here`);
  if ((await names.ask(anyName)) === 'silent') return bad('names are no longer answered');
  for (const name of wish.check)
    if ((await names.ask(name)) !== 'found') return bad(`${name} does not resolve`);
  return good([watched, ...wish.check.map((name) => `${name} resolves`)].join('; '));
}

function bad(text: string) {
  return { isWell: false, text };
}

function good(text: string) {
  return { isWell: true, text };
}

async function podsOf({ api, wish }: DnsPlace, signal: AbortSignal): Promise<KubeObject[]> {
  const path = `/api/v1/namespaces/${wish.namespace}/pods`;
  const list = await api.call({ path, query: { labelSelector } }, signal);
  return listOf(at(list, 'items'))
    .map((item) => ({ apiVersion: 'v1', kind: 'Pod', ...item }))
    .filter(isKubeObject);
}

async function pause(signal: AbortSignal): Promise<void> {
  await delay(everyMs, undefined, { signal });
}

/** @param address IP, or IP:port */
export function nameServerAt(address: string): NameServer {
  const resolver = new Resolver({ timeout: 1_000, tries: 2 });
  resolver.setServers([address]);
  return {
    async ask(name) {
      const answers = await Promise.allSettled([resolver.resolve4(name), resolver.resolve6(name)]);
      if (answers.some(({ status }) => status === 'fulfilled')) return 'found';
      const codes = answers.map((answer) => (answer.status === 'rejected' ? codeOf(answer.reason) : ''));
      return codes.some((code) => answered.has(code)) ? 'unknown' : 'silent';
    },
  };
}

const answered = new Set(['ENOTFOUND', 'ENODATA', 'ESERVFAIL', 'EREFUSED']);

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
}
