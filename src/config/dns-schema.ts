import { isIP, isIPv4 } from 'node:net';
import { z } from 'zod';
import { parseDurationMs } from '../domain/duration.ts';
import { checkedText, duration, name } from '../domain/text-schemas.ts';
import type { DnsConfig } from './server-config.ts';

const label = '[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?';
const domainPattern = new RegExp(`^${label}(\\.${label})*$`);

/** Addresses that a server of names asks, at most: CoreDNS takes no more. */
const mostServers = 15;

const domain = checkedText(domainMistake);
const stubDomain = checkedText(stubMistake);
/** IP or IP:port. */
export const nameServer = checkedText(serverMistake);
const servers = z
  .array(nameServer)
  .min(1, 'name at least one server')
  .max(mostServers, `at most ${mostServers} servers`)
  .refine((list) => new Set(list).size === list.length, 'a server stands here twice');

export const dnsSchema = z
  .strictObject({
    server: z
      .enum(['coredns', 'kube-dns'])
      .optional()
      .meta({
        description:
          'Which program answers names in the cluster. Default: CoreDNS where its ConfigMap `coredns` is there, else kube-dns.',
        examples: ['kube-dns'],
      }),
    namespace: name.optional().meta({
      description: 'Where it runs.',
      default: 'kube-system',
      examples: ['kube-system'],
    }),
    'stub-domains': z
      .record(stubDomain, servers)
      .optional()
      .meta({
        description:
          'Domain -> the servers that are asked for its names, each as IP or IP:port. What this list no longer has is taken out; stub domains that others have written are left alone.',
        examples: [{ 'corp.example.com': ['10.0.0.53', '10.0.1.53:5353'] }],
      }),
    upstream: servers.optional().meta({
      description:
        'The servers that are asked for all names outside the cluster. Left out: what is there stays, or comes back.',
      examples: [['10.0.0.53', '10.0.1.53']],
    }),
    check: z
      .array(domain)
      .default([])
      .meta({
        description:
          "Names that must resolve after a change. Asked of the cluster's own server of names, where this server reaches it.",
        examples: [['git.corp.example.com']],
      }),
    watch: duration({ from: '1s', to: '10m' })
      .optional()
      .meta({
        description:
          'How long the pods that answer names are watched after a change, and how long the names of `check` have. It takes the cluster a minute or more to hand a ConfigMap to its pods.',
        default: '3m',
        examples: ['5m'],
      }),
  })
  .refine(
    (dns) => dns['stub-domains'] !== undefined || dns.upstream !== undefined,
    "'dns' says neither 'stub-domains' nor 'upstream'\nname what is to be set; `stub-domains: {}` takes all out that were set from here",
  )
  .meta({
    description:
      "Kubernetes: stub domains and upstream servers of the cluster's DNS, in the ConfigMap of CoreDNS or kube-dns. It is one for the whole cluster: say it at one environment of each. `trunkline dns ENVIRONMENT` shows what differs, and writes it with `--apply` alone.",
  });

export function resolveDns(written: z.output<typeof dnsSchema> | undefined): DnsConfig | null {
  if (written === undefined) return null;
  return {
    server: written.server ?? null,
    namespace: written.namespace ?? 'kube-system',
    stubDomains: written['stub-domains'] ?? {},
    upstream: written.upstream ?? null,
    check: written.check,
    watchMs: parseDurationMs(written.watch ?? '3m') ?? 0,
  };
}

function domainMistake(text: string): string | null {
  if (!domainPattern.test(text) || text.length > 253 || isIP(text) !== 0)
    return `'${text}' is no domain name\nwrite it in lower case and without a dot at its end, as in corp.example.com`;
  return null;
}

/** Nobody else can answer for the names of the cluster itself. */
function stubMistake(text: string): string | null {
  if (/(^|\.)cluster\.local$/.test(text))
    return `'${text}' is the cluster's own\nname a domain of another network`;
  return domainMistake(text);
}

function serverMistake(text: string): string | null {
  const [address, port] = partsOf(text);
  const isPort = port === undefined || (/^[1-9]\d{0,4}$/.test(port) && Number(port) <= 65_535);
  if (isIP(address) !== 0 && isPort) return null;
  return `'${text}' is no address of a server\nwrite an IP or IP:port, as in 10.0.0.53, 10.0.0.53:5353 or [fd00::53]:53`;
}

/** An IPv6 address with a port stands in brackets. */
function partsOf(text: string): [address: string, port?: string] {
  const [, six, sixPort] = /^\[([^\]]+)\]:(.*)$/.exec(text) ?? [];
  if (six !== undefined) return isIP(six) === 6 ? [six, sixPort ?? ''] : [''];
  const [, four, fourPort] = /^([\d.]+):(.*)$/.exec(text) ?? [];
  return four !== undefined && isIPv4(four) ? [four, fourPort ?? ''] : [text];
}
