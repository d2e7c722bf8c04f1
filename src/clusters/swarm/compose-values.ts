import { z } from 'zod';

/** Nanoseconds in a text such as `1m30s`, `500ms`, `10s`; null when it is none. Docker counts in nanoseconds. */
function parseNanoseconds(text: string): number | null {
  const parts = [...text.matchAll(/(\d+(?:\.\d+)?)(us|ms|s|m|h)/g)];
  if (parts.length === 0 || parts.map(([part]) => part).join('') !== text) return null;
  return parts.reduce((sum, [, count, unit]) => sum + Number(count) * (unitNs[unit ?? ''] ?? 0), 0);
}

const unitNs: Readonly<Record<string, number>> = { us: 1e3, ms: 1e6, s: 1e9, m: 60e9, h: 3600e9 };

/** Bytes in `64M`, `1g`, `512mb`, `1048576`; null when it is none. Docker's units are powers of 1024. */
function parseBytes(text: string): number | null {
  const [, count, unit] = /^(\d+(?:\.\d+)?)([bkmg]?)b?$/i.exec(text) ?? [];
  if (count === undefined) return null;
  return Math.round(Number(count) * 1024 ** 'bkmg'.indexOf((unit || 'b').toLowerCase()));
}

export const duration = z
  .string()
  .refine((text) => parseNanoseconds(text) !== null, 'this is no duration\nfor example 10s or 1m30s')
  .transform((text) => parseNanoseconds(text) ?? 0);

export const bytes = z
  .union([z.string(), z.int()])
  .refine((value) => parseBytes(String(value)) !== null, 'this is no size\nfor example 64M or 1G')
  .transform((value) => parseBytes(String(value)) ?? 0);

export const nanoCpus = z
  .union([z.string(), z.number()])
  .refine((value) => Number(value) > 0, "this is no number of CPUs\nfor example '0.5'")
  .transform((value) => Math.round(Number(value) * 1e9));

/** A value as Compose lets people write it: numbers and truth values become text. */
const scalar = z.union([z.string(), z.number(), z.boolean()]).transform(String);

/** `{KEY: value}` or `[KEY=value]`, both as a record. Ours are not to be given: they tell deployments apart. */
export const labels = z
  .union([
    z
      .record(z.string(), scalar.nullable())
      .transform((record) =>
        Object.fromEntries(Object.entries(record).map(([key, value]) => [key, value ?? ''])),
      ),
    z.array(z.string()).transform((list) => Object.fromEntries(list.map(splitPair))),
  ])
  .refine(
    (record) => !Object.keys(record).some((key) => key.startsWith('trunkline.')),
    'labels that begin with trunkline. are kept for deployments',
  );

function splitPair(entry: string): [string, string] {
  const at = entry.indexOf('=');
  return at < 0 ? [entry, ''] : [entry.slice(0, at), entry.slice(at + 1)];
}

/** An environment whose variables all have values: those of the server are nobody's business. */
export const environment = z.union([
  z.record(
    z.string(),
    scalar.nullable().refine((value) => value !== null, 'a variable without a value\nwrite its value here'),
  ),
  z
    .array(
      z
        .string()
        .regex(
          /^[^=]+=/s,
          "a variable without a value\nwrite NAME=value: the server's own are not passed on",
        ),
    )
    .transform((list) => Object.fromEntries(list.map(splitPair))),
]);

/** A list of arguments, or one text that is taken apart at its blanks as a shell would. */
export const argumentList = z.union([
  z.array(scalar),
  z.string().transform((text, context) => {
    const words = splitWords(text);
    if (words !== null) return words;
    context.addIssue({ code: 'custom', message: 'a quote is not closed\nwrite a list of arguments instead' });
    return z.NEVER;
  }),
]);

/** Blanks separate; quotes and backslashes keep together. Nothing else of a shell is meant. */
function splitWords(text: string): string[] | null {
  const words: string[] = [];
  const pattern = /\s*((?:"(?:[^"\\]|\\.)*"|'[^']*'|\\.|[^\s"'\\])+)/gsy;
  let end = 0;
  for (let match = pattern.exec(text); match !== null; match = pattern.exec(text)) {
    words.push(unquoted(match[1] ?? ''));
    end = pattern.lastIndex;
  }
  return text.slice(end).trim() === '' ? words : null;
}

function unquoted(word: string): string {
  return word.replaceAll(
    /"((?:[^"\\]|\\.)*)"|'([^']*)'|\\(.)/gs,
    (_, ...[double, single, escaped]: (string | undefined)[]) =>
      double?.replaceAll(/\\(["\\$`])/g, '$1') ?? single ?? escaped ?? '',
  );
}

export interface PublishedPort {
  target: number;
  /** null: Docker chooses one. */
  published: number | null;
  protocol: 'tcp' | 'udp' | 'sctp';
  mode: 'ingress' | 'host';
}

const portNumber = z.coerce.number().int().min(1, 'from 1 to 65535').max(65_535, 'from 1 to 65535');
const protocol = z.enum(['tcp', 'udp', 'sctp']);

const shortPort = z
  .union([z.string(), z.int()])
  .transform(String)
  .refine(
    (text) => /^(?:\d{1,5}:)?\d{1,5}(?:\/(?:tcp|udp|sctp))?$/.test(text),
    "a port is PUBLISHED:TARGET or TARGET, one port each\nranges and addresses cannot be honoured; write '8080:80'",
  )
  .transform((text): PublishedPort => {
    const [ports = '', kind] = text.split('/');
    const [target, published] = ports.split(':').toReversed();
    return {
      target: Number(target),
      published: published === undefined ? null : Number(published),
      protocol: protocol.catch('tcp').parse(kind),
      mode: 'ingress',
    };
  });

const longPort = z
  .strictObject({
    target: portNumber,
    published: portNumber.optional(),
    protocol: protocol.optional(),
    mode: z.enum(['ingress', 'host']).optional(),
    name: z.string().optional(),
  })
  .transform(
    (port): PublishedPort => ({
      target: port.target,
      published: port.published ?? null,
      protocol: port.protocol ?? 'tcp',
      mode: port.mode ?? 'ingress',
    }),
  );

export const ports = z.array(z.union([shortPort, longPort]));
