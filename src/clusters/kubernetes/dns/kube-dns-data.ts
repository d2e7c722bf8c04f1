import { isRefusal, type Refusal } from '../../cluster.ts';
import type { DnsWish } from './corefile.ts';
import type { OwnedNames } from './dns-mark.ts';

/** kube-dns itself takes no more. */
const mostUpstream = 3;

/** What the ConfigMap of kube-dns is to hold; null: the key is taken out. */
export interface KubeDnsData {
  data: Record<string, string | null>;
  owned: OwnedNames;
}

/** @param live the texts of its keys @param owned what an earlier edit has written */
export function editKubeDns(
  live: Readonly<Record<string, string | null>>,
  wish: DnsWish,
  owned: OwnedNames,
): KubeDnsData | Refusal {
  if ((wish.upstream?.length ?? 0) > mostUpstream)
    return { refusal: `kube-dns takes at most ${mostUpstream} upstream servers: shorten dns.upstream` };
  const there = stubDomainsIn(live.stubDomains ?? null);
  if (isRefusal(there)) return there;
  const foreign = Object.entries(there.domains).filter(([domain]) => !owned.stubDomains.includes(domain));
  const domains = { ...Object.fromEntries(foreign), ...wish.stubDomains };
  const isSame = JSON.stringify(sorted(domains)) === JSON.stringify(sorted(there.domains));
  const stubDomains = Object.keys(wish.stubDomains).toSorted();
  const upstream = upstreamOf(live.upstreamNameservers ?? null, wish, owned);
  return {
    data: {
      stubDomains: isSame ? (live.stubDomains ?? null) : textOf(sorted(domains)),
      upstreamNameservers: upstream.text,
    },
    owned: { stubDomains, ...(upstream.before !== undefined && { upstreamBefore: upstream.before }) },
  };
}

function upstreamOf(live: string | null, { upstream }: DnsWish, { upstreamBefore }: OwnedNames) {
  if (upstream === null) return { text: upstreamBefore === undefined ? live : upstreamBefore };
  const text = JSON.stringify(upstream);
  const isSame = live !== null && withoutBlanks(live) === text;
  if (upstreamBefore === undefined && isSame) return { text: live };
  return { text: isSame ? live : text, before: upstreamBefore === undefined ? live : upstreamBefore };
}

function stubDomainsIn(text: string | null): { domains: Record<string, unknown> } | Refusal {
  if (text === null || text.trim() === '') return { domains: {} };
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value))
      return { domains: { ...value } };
  } catch {
    // Told below.
  }
  return { refusal: 'stubDomains of the ConfigMap kube-dns is no JSON object: mend it by hand' };
}

function sorted(domains: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(domains).toSorted(([left], [right]) => (left < right ? -1 : 1)));
}

function textOf(domains: Record<string, unknown>): string | null {
  return Object.keys(domains).length === 0 ? null : JSON.stringify(domains);
}

function withoutBlanks(text: string): string {
  return text.replaceAll(/\s/g, '');
}
