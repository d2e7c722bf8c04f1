import { lookup, Resolver } from 'node:dns/promises';
import { setTimeout as delay } from 'node:timers/promises';
import type { Api } from '../api.ts';
import { addressOfServer } from './dns-target.ts';

/** The addresses of a name as pods write it, such as `cart.shop.svc`; none where there is no such name. */
export type Resolve = (name: string, signal: AbortSignal) => Promise<string[]>;

/** How names of a cluster are asked for from here, or why that is not possible. */
export type ClusterNames = { resolve: Resolve } | { why: string };

export interface NameFinder {
  /** Rejects with the signal's reason; what it has found is kept for some minutes. */
  find(signal: AbortSignal): Promise<ClusterNames>;
}

/** A name that every cluster's own server of names knows. */
const knownEverywhere = 'kubernetes.default.svc';
/** What most clusters are called to themselves; another one is asked for. */
const usualDomain = 'cluster.local';
const keptMs = 10 * 60_000;
/** Longer is no answer: a firewall may swallow the question. */
const longestMs = 1_000;

/**
 * By the resolver of this machine, where it is the cluster's own or leads to it; else by the cluster's server of names,
 * at the address that the environment says or that its Service has.
 */
export function createNameFinder({ api, resolver }: { api: Api; resolver: string | null }): NameFinder {
  let kept: { names: ClusterNames; until: number } | undefined;
  return {
    async find(signal) {
      if (kept !== undefined && performance.now() < kept.until) return kept.names;
      const addressOf = () => addressOfServer(api, 'kube-system', signal);
      const names = await findNames({ resolver, addressOf }, signal);
      kept = { names, until: performance.now() + keptMs };
      return names;
    },
  };
}

interface Ways {
  /** IP or IP:port; null: not configured. */
  resolver: string | null;
  /** Of the Service that pods ask; null: there is none, or we may not see it. */
  addressOf(): Promise<string | null>;
}

export async function findNames({ resolver, addressOf }: Ways, signal: AbortSignal): Promise<ClusterNames> {
  if (resolver === null && (await resolveHere(knownEverywhere, signal)).length > 0)
    return { resolve: resolveHere };
  const own = await addressOf();
  const address = resolver ?? own;
  if (address === null)
    return {
      why: "this server's resolver knows no names of the cluster, and no Service kube-dns is to be seen in kube-system",
    };
  const domain = await domainOf(address, { own, signal });
  if ('why' in domain) return domain;
  return {
    resolve: (name, asked) => ask(address, `${name}.${domain.name}`, asked).then(({ found }) => found),
  };
}

async function domainOf(
  address: string,
  { own, signal }: { own: string | null; signal: AbortSignal },
): Promise<{ name: string } | { why: string }> {
  const usual = await ask(address, `${knownEverywhere}.${usualDomain}`, signal);
  if (usual.found.length > 0) return { name: usualDomain };
  if (!usual.isAnswered)
    return { why: `the cluster's server of names, ${address}, does not answer this server` };
  // The name of its own address ends with the domain.
  const names =
    own === null ? [] : await withResolver(address, signal, (asked) => asked.reverse(own)).catch(() => []);
  signal.throwIfAborted();
  const domain = names.map((name) => /\.svc\.(.+)$/.exec(name)?.[1]).find((found) => found !== undefined);
  return domain === undefined
    ? { why: `the server of names at ${address} knows no names of a cluster` }
    : { name: domain };
}

async function ask(address: string, name: string, signal: AbortSignal) {
  const answers = await Promise.allSettled([
    withResolver(address, signal, (asked) => asked.resolve4(name)),
    withResolver(address, signal, (asked) => asked.resolve6(name)),
  ]);
  signal.throwIfAborted();
  return {
    found: answers.flatMap((answer) => (answer.status === 'fulfilled' ? answer.value : [])),
    isAnswered: answers.some((answer) => answer.status === 'fulfilled' || isAnswer(answer.reason)),
  };
}

async function withResolver(
  address: string,
  signal: AbortSignal,
  asking: (resolver: Resolver) => Promise<string[]>,
): Promise<string[]> {
  signal.throwIfAborted();
  const resolver = new Resolver({ timeout: longestMs, tries: 1 });
  resolver.setServers([address]);
  const cancel = () => resolver.cancel();
  signal.addEventListener('abort', cancel, { once: true });
  try {
    return await asking(resolver);
  } finally {
    signal.removeEventListener('abort', cancel);
  }
}

/** That there is no such name is an answer too. */
function isAnswer(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  return ['ENOTFOUND', 'ENODATA', 'ESERVFAIL', 'EREFUSED'].includes(code);
}

async function resolveHere(name: string, signal: AbortSignal): Promise<string[]> {
  const over = new AbortController();
  try {
    const answer = lookup(name, { all: true }).then(
      (found) => found.map(({ address }) => address),
      () => [],
    );
    return await Promise.race([
      answer,
      delay(longestMs, [], { signal: AbortSignal.any([over.signal, signal]) }),
    ]);
  } finally {
    over.abort();
  }
}
