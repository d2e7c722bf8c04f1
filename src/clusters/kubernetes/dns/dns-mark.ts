import type { DnsVerdict } from '../../cluster-dns.ts';
import { at, isRecord, recordOf, textOf } from '../../json-reading.ts';
import type { KubeObject } from '../objects.ts';

const annotation = 'trunkline/dns';

/** What an apply leaves on the ConfigMap that it has written. */
export interface DnsMark extends DnsVerdict {
  /** What the written keys held before; null: there was no such key. */
  former: Record<string, string | null>;
  owned: OwnedNames;
}

/** Of kube-dns, whose keys have no place for a remark. */
export interface OwnedNames {
  stubDomains: string[];
  /** What `upstreamNameservers` held before it was ours; undefined: it is not ours. */
  upstreamBefore?: string | null;
}

/** null: Trunkline has written nothing here, or somebody has spoilt the annotation. */
export function markOf(live: KubeObject | null): DnsMark | null {
  const written = parsed(textOf(recordOf(at(live, 'metadata', 'annotations'))[annotation]));
  const state = (['trying', 'kept', 'restored'] as const).find((one) => one === written.state);
  if (state === undefined || Number.isNaN(Date.parse(textOf(written.at)))) return null;
  const owned = recordOf(written.owned);
  const names = Array.isArray(owned.stubDomains) ? owned.stubDomains.map(textOf) : [];
  return {
    state,
    at: textOf(written.at),
    text: textOf(written.text),
    former: textsOf(written.former),
    owned: {
      stubDomains: names,
      ...('upstreamBefore' in owned && { upstreamBefore: textOrNull(owned.upstreamBefore) }),
    },
  };
}

export function verdictOf({ state, at: time, text }: DnsVerdict): DnsVerdict {
  return { state, at: time, text };
}

/** The object with other texts in some keys (null: without them), and the mark. */
export function withData(
  object: KubeObject,
  changes: Readonly<Record<string, string | null>>,
  mark: DnsMark,
): KubeObject {
  const data = Object.entries({ ...textsOf(object.data), ...changes }).filter(([, text]) => text !== null);
  const annotations = { ...recordOf(object.metadata.annotations), [annotation]: JSON.stringify(mark) };
  return { ...object, data: Object.fromEntries(data), metadata: { ...object.metadata, annotations } };
}

export function textsOf(value: unknown): Record<string, string | null> {
  return Object.fromEntries(Object.entries(recordOf(value)).map(([key, text]) => [key, textOrNull(text)]));
}

function textOrNull(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}

function parsed(text: string) {
  try {
    const value: unknown = JSON.parse(text);
    return isRecord(value) ? value : {};
  } catch {
    return {};
  }
}
