import { stripVTControlCharacters } from 'node:util';
import type { Credentials } from '../../config/server-config.ts';
import { Fault, type FaultCode, type FaultOptions } from '../../domain/fault.ts';

/** What was tried when Subversion failed. */
export interface Attempt {
  /** In words, with the URL but without credentials: `Exporting svn://host/shop/trunk@12`. */
  what: string;
  credentials: Credentials | null;
}

/** svn itself has failed. */
export class SvnFault extends Fault {
  /** Subversion's own error numbers, the outermost first. */
  readonly numbers: readonly number[];

  constructor(code: FaultCode, message: string, options: FaultOptions & { numbers: readonly number[] }) {
    super(code, message, options);
    this.numbers = options.numbers;
  }
}

/** svn stumbled over what it read: neither network nor login, neither path nor machine are to blame. */
export class UnreadableData extends SvnFault {
  constructor(message: string, options: FaultOptions & { numbers?: readonly number[] }) {
    super('internal', message, { numbers: [], ...options });
  }
}

/** A failed svn command as a `Fault`, told by Subversion's error numbers only: its texts may be translated. */
export function faultOfSvn(attempt: Attempt, stderr: string): SvnFault {
  const codes = [...stderr.matchAll(/^svn: E(\d{6}): /gm)].map((match) => Number(match[1]));
  const kind = kinds.find(({ includes }) => codes.some(includes));
  const message = `${attempt.what} failed: ${complaintIn(stderr)}`;
  const cause = new Error(printable(stderr));
  if (kind !== undefined) {
    const hint = kind.hint(attempt.credentials, codes);
    return new SvnFault(kind.code, message, { cause, hint, isRetryable: kind.isRetryable, numbers: codes });
  }
  const hint = "See Subversion's own words in the cause, and the log of its server";
  const blamesData = codes.length > 0 && !codes.some(isMachineTrouble);
  return blamesData
    ? new UnreadableData(message, { cause, hint, numbers: codes })
    : new SvnFault('internal', message, { cause, hint, numbers: codes });
}

/** Subversion was silent for too long, or took too long as a whole, and was ended. */
export function faultOfDeadline(attempt: Attempt, reason: string): Fault {
  return new Fault('scm-unreachable', `${attempt.what} was given up: ${reason}`, {
    hint: 'Check that the Subversion server answers and that the network to it is not stalled',
  });
}

interface Kind {
  code: FaultCode;
  includes(code: number): boolean;
  hint(credentials: Credentials | null, codes: number[]): string;
  isRetryable: boolean;
}

const untrustedCertificate = 230_001;

/** The machine, svn's or the server's, is in trouble: not permitted, disk error, no memory, too many files and the like. */
const isMachineTrouble = oneOf(1, 5, 11, 12, 13, 23, 24, 30);

/** Tried in this order: an outer "unable to connect" often wraps the number that says why. */
const kinds: readonly Kind[] = [
  {
    code: 'disk-full',
    includes: oneOf(28, 122),
    hint: () => 'Free space on the disk that holds the workspaces',
    isRetryable: true,
  },
  {
    code: 'scm-denied',
    includes: oneOf(
      ...[170_001, 175_013, 210_007, 215_000, 215_001, 215_002, 215_003, 215_004],
      ...[220_000, 220_001, 220_004, untrustedCertificate],
    ),
    hint: deniedHint,
    isRetryable: false,
  },
  {
    code: 'scm-gone',
    includes: oneOf(
      ...[150_000, 160_005, 160_006, 160_013, 160_016, 160_017, 170_000, 170_009, 175_007],
      ...[180_001, 200_009, 210_005],
    ),
    hint: () => 'Check that the repository, the path and the revision exist together',
    isRetryable: false,
  },
  {
    code: 'scm-unreachable',
    includes: isNetworkTrouble,
    hint: unreachableHint,
    isRetryable: true,
  },
];

function oneOf(...codes: number[]): (code: number) => boolean {
  return (code) => codes.includes(code);
}

/** 120000 and on are the HTTP library's numbers, 670000 and on the name resolver's. */
function isNetworkTrouble(code: number): boolean {
  const isTransport = [170_013, 175_002, 175_009, 175_012, 210_002, 210_004].includes(code);
  const isSystem = [32, 100, 101, 102, 103, 104, 110, 111, 112, 113].includes(code);
  const thousands = Math.floor(code / 1000);
  return isTransport || isSystem || thousands === 120 || thousands === 670;
}

const brokenTls = 120_171;

function unreachableHint(_credentials: Credentials | null, codes: number[]): string {
  const usual = 'Check that the Subversion server is up and can be reached from here';
  if (!codes.includes(brokenTls)) return usual;
  return `${usual}; where it asks its clients for a certificate, name that under "client-certificate" of the repository`;
}

function deniedHint(credentials: Credentials | null, codes: number[]): string {
  if (codes.includes(untrustedCertificate)) {
    return 'The server\'s certificate is not trusted: name its authority\'s file under "ca" of the repository; where it has expired or is of another name, it needs a new one ("trust-certificate-failures" overlooks that)';
  }
  return credentials === null
    ? 'The server asks for a login: name "credentials" for the repository'
    : `Check user and password of the credentials "${credentials.name}", and what they may read`;
}

/** The most telling line: what a warning names is then only summed up; else the innermost error comes last. */
function complaintIn(stderr: string): string {
  const lines = printable(stderr).trim().split('\n');
  const warning = lines.find((line) => /W\d{6}: /.test(line));
  const error = lines.findLast((line) => /E\d{6}: /.test(line));
  const line = warning ?? error ?? lines.at(-1) ?? '';
  return line === '' ? 'svn said nothing' : line.replace(/^svn: /, '');
}

/** Text of a server, which may hold escape sequences, made safe for logs and terminals. */
function printable(text: string): string {
  return stripVTControlCharacters(text)
    .replaceAll('\r', '')
    .replace(/[^\P{Cc}\n]/gu, '\uFFFD');
}
