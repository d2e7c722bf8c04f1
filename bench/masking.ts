import { randomBytes } from 'node:crypto';
import { TextDecoder } from 'node:util';
import { Secret } from '../src/domain/secret.ts';
import { Masking } from '../src/logs/masking.ts';
import { SecretMatcher } from '../src/logs/secret-matcher.ts';
import { TerminalControl } from '../src/logs/terminal-control.ts';
import { cutText } from '../src/logs/text-chunks.ts';
import { type BenchReport, figureOf, machine } from './figures.ts';

/** What a container's output comes in. */
const pieceBytes = 16 * 1_024;
const textBytes = 16 * 2 ** 20;
const warmUp = 2;

/**
 * Megabytes of output a second of processor time through all that stands between a container and the database: terminal control out,
 * secrets masked in every spelling, cut into chunks; against the same bytes only decoded and cut.
 */
export async function benchMasking(n = 10): Promise<BenchReport> {
  const few = secretsOf(20);
  const cases = [
    { what: 'the log of a build, 20 secrets', secrets: few, unit: lineOf },
    { what: 'the log of a build, 100 secrets', secrets: secretsOf(100), unit: lineOf },
    { what: 'nothing but beginnings of secrets', secrets: few, unit: () => `${few[0]?.slice(0, 900)}\n` },
    { what: 'nothing but colours', secrets: few, unit: () => '\x1b[31mx\x1b[0m' },
  ];
  const figures = cases.flatMap(({ what, secrets, unit }) => {
    const matcher = new SecretMatcher(secrets.map((secret) => new Secret(secret)));
    const pieces = piecesOf(secrets, unit);
    const pairs = Array.from({ length: warmUp + n }, () => ({
      ours: megabytesPerSecond(pieces, maskingOf(matcher)),
      floor: megabytesPerSecond(pieces, (text) => text),
    }));
    const goals = [{ of: 'ours.median', atLeast: 50 }];
    return figureOf({ figure: what, unit: 'MB/s', goals }, pairs.slice(warmUp));
  });
  return { name: 'masking', machine: machine(), n, figures };
}

/** One in five is a private key of many lines, one in five a passphrase that every encoding spells in its own way. */
function secretsOf(count: number): string[] {
  return Array.from({ length: count }, (_, index) => {
    const random = randomBytes(1_200);
    if (index % 5 === 0)
      return `-----BEGIN KEY-----\n${random.toString('base64').replace(/.{64}/g, '$&\n')}\n`;
    if (index % 5 === 1) return `pass word/${random.toString('hex', 0, 6)}+"'ü`;
    return random.toString('base64url', 0, 20);
  });
}

/** A secret in every thousandth line. */
function piecesOf(secrets: string[], unit: (index: number) => string): Buffer[] {
  const parts: string[] = [];
  let units = 0;
  for (let index = 0; units < textBytes; index += 1) {
    const part = index % 1_000 === 999 ? `token: ${secrets[index % secrets.length]}\n` : unit(index);
    parts.push(part);
    units += part.length;
  }
  const bytes = Buffer.from(parts.join(''));
  return Array.from({ length: Math.ceil(bytes.length / pieceBytes) }, (_, index) =>
    bytes.subarray(index * pieceBytes, (index + 1) * pieceBytes),
  );
}

function lineOf(index: number): string {
  if (index % 7 === 0) return `\x1b[32m✓\x1b[39m test/domain/plan.test.ts (${index} tests) 12ms\n`;
  if (index % 5 === 0)
    return `[INFO] Downloading from central: org/apache/commons/commons-lang3-${index}.jar\n`;
  return `2026-11-28T07:07:0${index % 10}.123Z Step ${index % 99}/99 : RUN npm ci --ignore-scripts sha256:${index.toString(16)}abcdef\n`;
}

function maskingOf(matcher: SecretMatcher): (text: string) => string {
  const control = new TerminalControl();
  const masking = new Masking(matcher);
  return (text) => masking.push(control.push(text));
}

function megabytesPerSecond(pieces: Buffer[], change: (text: string) => string): number {
  const decoder = new TextDecoder();
  let bytes = 0;
  let chunks = 0;
  const began = process.cpuUsage();
  for (const piece of pieces) {
    bytes += piece.length;
    chunks += cutText(change(decoder.decode(piece, { stream: true }))).length;
  }
  if (chunks === 0) throw new Error('nothing was cut');
  const { user, system } = process.cpuUsage(began);
  return bytes / (user + system);
}
