import type { DnsConfig } from '../../../config/server-config.ts';
import type { Refusal } from '../../cluster.ts';
import { type Block, type Corefile, parseCorefile } from './corefile-tokens.ts';
import { editUpstream } from './corefile-upstream.ts';

const begin = '# begin trunkline: written from trunkline.yaml, changes here are lost';
const end = '# end trunkline';
const section = /^# begin trunkline[^\n]*\n[\s\S]*?^# end trunkline[^\n]*(\n|$)/m;
const marks = /^# (begin|end) trunkline/gm;

export type DnsWish = Pick<DnsConfig, 'stubDomains' | 'upstream'>;

/**
 * The Corefile as it is to be. Only the marked section is ours, and the targets of `forward .` where the wish names
 * upstream servers, which a comment above it remembers; all else stays as it is, to the letter.
 */
export function editCorefile(text: string, wish: DnsWish): string | Refusal {
  const found = text.match(marks)?.length ?? 0;
  if (found !== 0 && !(found === 2 && section.test(text)))
    return broken('the marks of the section "trunkline" do not match', 'take the section out by hand');
  const others = parseCorefile(text.replace(section, ''));
  if (others === null) return broken('its braces do not match', 'mend it by hand');
  const root = others.blocks.find((block) => zonesOf(block).some(({ zone }) => zone === '.'));
  if (root === undefined) return broken('it has no server block for "."', 'mend it by hand');
  const port = zonesOf(root).find(({ zone }) => zone === '.')?.port ?? '53';
  const clash = clashOf(others, Object.keys(wish.stubDomains), port);
  if (clash !== undefined) return { refusal: clash };
  const edited = editUpstream(text, wish.upstream);
  return typeof edited === 'string' ? withSection(edited, stubBlocks(wish.stubDomains, port)) : edited;
}

/** A server block for each domain, as the file that a Corefile imports has them. */
export function stubBlocks(stubDomains: DnsWish['stubDomains'], port = '53'): string {
  return Object.entries(stubDomains)
    .toSorted(([left], [right]) => (left < right ? -1 : 1))
    .map(
      ([domain, servers]) =>
        `${domain}:${port} {\n    errors\n    cache 30\n    forward . ${servers.join(' ')}\n}\n`,
    )
    .join('');
}

function withSection(text: string, blocks: string): string {
  const own = blocks === '' ? '' : `${begin}\n${blocks}${end}\n`;
  // The replacement is no pattern.
  if (section.test(text)) return text.replace(section, () => own);
  if (own === '') return text;
  return `${text}${text.endsWith('\n') ? '' : '\n'}${own}`;
}

/** Two blocks of one name and port keep CoreDNS from starting. */
export function clashOf({ blocks }: Corefile, domains: string[], port: string): string | undefined {
  for (const domain of domains) {
    const isTaken = blocks.some((block) =>
      zonesOf(block).some(({ zone, port: taken }) => zone === domain && taken === port),
    );
    if (isTaken)
      return `the Corefile has a server block for ${domain} that Trunkline has not written: take one of the two out`;
    const own = blocks.flatMap(clusterZones).find((zone) => domain === zone || domain.endsWith(`.${zone}`));
    if (own !== undefined)
      return `${domain} lies in ${own}, whose names are the cluster's own: take it out of stub-domains`;
  }
  return undefined;
}

/** `dns://Example.com.:53` -> example.com, 53 */
function zonesOf({ keys }: Block): { zone: string; port: string }[] {
  return keys
    .filter((key) => !key.startsWith('(') && (!key.includes('://') || key.startsWith('dns://')))
    .map((key) => {
      const [, zone = '', port = '53'] = /^(?:dns:\/\/)?(.*?)(?::(\d+))?$/.exec(key) ?? [];
      return { zone: zone === '' ? '.' : zone.toLowerCase().replace(/(?<=.)\.$/, ''), port };
    });
}

function clusterZones({ directives }: Block): string[] {
  return directives
    .filter(([first]) => first?.text === 'kubernetes')
    .flatMap((words) => words.slice(1).map(({ text }) => text.replace(/\.$/, '')))
    .filter((zone) => zone !== '{' && !zone.endsWith('.arpa'));
}

function broken(what: string, next: string): Refusal {
  return { refusal: `the Corefile cannot be edited: ${what}: ${next}` };
}
