import { shortestSecret } from '../domain/secret.ts';

/**
 * The ways in which a secret may turn up in a log: as it is, line by line, in base64 (at each of the three places it
 * may have in a longer text, both alphabets, and broken into lines), percent-encoded, within a JSON, shell or XML
 * string, in hex. Empty for a secret that is too short.
 */
export function spellingsOf(secret: string): string[] {
  if (secret.length < shortestSecret) return [];
  const bytes = Buffer.from(secret, 'utf8');
  const spellings = [
    secret,
    ...secret.split(/\r?\n|\r/).map((line) => line.trim()),
    ...base64Spellings(bytes),
    ...percentSpellings(secret),
    ...jsonSpellings(secret),
    ...shellSpellings(secret),
    ...xmlSpellings(secret),
    bytes.toString('hex'),
    bytes.toString('hex').toUpperCase(),
  ];
  return [...new Set(spellings)].filter((spelling) => spelling.length >= shortestSecret);
}

function base64Spellings(bytes: Buffer): string[] {
  const lines = bytes.toString('base64').match(/.{1,76}/g) ?? [];
  const standard = [...lines, ...[0, 1, 2].flatMap((offset) => base64At(offset, bytes))];
  return standard.flatMap((text) => [
    text,
    text.replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, ''),
  ]);
}

/**
 * The characters that are the same whatever `offset` bytes come before the secret: those that do not depend on what
 * comes behind it either, and those for nothing behind it.
 */
function base64At(offset: number, bytes: Buffer): string[] {
  const encoded = Buffer.concat([Buffer.alloc(offset), bytes]).toString('base64');
  const fixed = encoded.slice(Math.ceil((offset * 8) / 6));
  const open = Math.floor(((offset + bytes.length) * 8) / 6) - Math.ceil((offset * 8) / 6);
  return [fixed.slice(0, open), fixed];
}

function percentSpellings(secret: string): string[] {
  const encoded = encodeURIComponent(secret.toWellFormed());
  const strict = encoded.replace(/[!'()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`);
  return [encoded, strict, strict.replaceAll('%20', '+')].flatMap((text) => [
    text,
    text.replace(/%[0-9A-F]{2}/g, (code) => code.toLowerCase()),
  ]);
}

function jsonSpellings(secret: string): string[] {
  const encoded = JSON.stringify(secret).slice(1, -1);
  const ascii = encoded.replace(/[^\x20-\x7e]/g, unicodeEscape);
  // What Go and .NET escape beyond what JSON asks for.
  const goSafe = encoded.replace(/[<>&]/g, unicodeEscape);
  const netSafe = encoded
    .replaceAll('\\"', '"')
    .replace(/["&'+<>`]|[^\x20-\x7e]/g, (sign) => unicodeEscape(sign).toUpperCase().replace('U', 'u'));
  return [encoded, ascii, ascii.replaceAll('/', '\\/'), goSafe, netSafe];
}

function unicodeEscape(sign: string): string {
  return `\\u${sign.charCodeAt(0).toString(16).padStart(4, '0')}`;
}

/** Within single quotes, as most write it and as busybox's `set -x` and Python's `shlex` do; without any, as `printf %q` does. */
function shellSpellings(secret: string): string[] {
  const bare = secret.replace(/[^\w%+./:=@#~-]/g, (sign) => (sign.charCodeAt(0) > 126 ? sign : `\\${sign}`));
  return [secret.replaceAll("'", "'\\''"), secret.replaceAll("'", `'"'"'`), bare];
}

/** In an attribute and in a text, where quotes stay as they are. */
function xmlSpellings(secret: string): string[] {
  const text = secret.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
  const attribute = text.replaceAll('"', '&quot;');
  return [text, attribute, attribute.replaceAll("'", '&apos;'), attribute.replaceAll("'", '&#39;')];
}
