import { stripVTControlCharacters } from 'node:util';
import type { Credentials } from '../../config/server-config.ts';
import { Fault, type FaultCode } from '../../domain/fault.ts';

/** What was tried when git failed. */
export interface Attempt {
  /** In words, with the URL but without credentials: `Fetching from https://host/web.git`. */
  what: string;
  credentials: Credentials | null;
}

/** git said why in no words that we know: its own copy may be broken. */
export class UnexplainedGitFault extends Fault {}

/**
 * A failed git command as a `Fault`. git's exit code is 128 for everything, so its words are all there is; they are not
 * translated, since it runs in the locale C.
 */
export function faultOfGit(attempt: Attempt, stderr: string): Fault {
  const said = printable(stderr);
  const kind = kinds.find(({ words }) => words.test(said));
  const message = `${attempt.what} failed: ${complaintIn(said)}`;
  const cause = new Error(said);
  if (kind === undefined) {
    const hint = "See git's own words in the cause, and the log of its server";
    return new UnexplainedGitFault('internal', message, { cause, hint });
  }
  const { code, isRetryable } = kind;
  return new Fault(code, message, { cause, hint: kind.hint(attempt.credentials, said), isRetryable });
}

/** git was silent for too long, or took too long as a whole, and was ended. */
export function faultOfDeadline(attempt: Attempt, reason: string): Fault {
  return new Fault('scm-unreachable', `${attempt.what} was given up: ${reason}`, {
    hint: 'Check that the Git server answers and that the network to it is not stalled',
  });
}

interface Kind {
  code: FaultCode;
  words: RegExp;
  hint(credentials: Credentials | null, said: string): string;
  isRetryable: boolean;
}

const certificate = /SSL certificate|certificate verif|CAfile|server certificate/i;
const hostKey = /Host key verification failed/;

/** Tried in this order: "the remote end hung up" and the like follow on every other failure. */
const kinds: readonly Kind[] = [
  {
    code: 'disk-full',
    words: /No space left on device|Disk quota exceeded/,
    hint: () => 'Free space on the disk that holds DATA_DIR',
    isRetryable: true,
  },
  {
    code: 'scm-denied',
    words: new RegExp(
      [
        ...['Authentication failed', 'could not read (?:Username|Password)', 'terminal prompts disabled'],
        ...['returned error: 40[13]', 'HTTP 40[13]', 'Permission denied', 'transport .* not allowed'],
        ...['[Aa]ccess denied', '[Nn]ot authorized', certificate.source, hostKey.source],
      ].join('|'),
    ),
    hint: deniedHint,
    isRetryable: false,
  },
  {
    code: 'scm-gone',
    words: new RegExp(
      [
        ...[
          "couldn't find remote ref",
          'not our ref',
          'unadvertised object',
          'returned error: 404',
          'HTTP 404',
        ],
        ...['repository .* not found', 'does not appear to be a git repository', 'does not exist'],
        ...['[Nn]ot a valid object name', 'bad object', 'unknown revision', 'did not match any'],
        ...['exists on disk, but not in', 'bad file', 'not a tree object', 'not a valid ref'],
      ].join('|'),
    ),
    hint: () => 'Check that the repository, the branch, the path and the revision exist together',
    isRetryable: false,
  },
  {
    code: 'scm-unreachable',
    words: new RegExp(
      [
        ...[
          'Could not resolve',
          "Couldn't connect",
          'Failed to connect',
          'Connection (?:refused|reset|closed|timed out)',
        ],
        ...['[Tt]imed out', 'too slow', 'early EOF', 'hung up', 'unexpected disconnect', 'RPC failed'],
        ...['returned error: 5\\d\\d', 'Empty reply', 'Could not read from remote', 'unable to access'],
        ...['No route to host', 'Network is unreachable'],
      ].join('|'),
    ),
    hint: () => 'Check that the Git server is up and can be reached from here',
    isRetryable: true,
  },
];

function deniedHint(credentials: Credentials | null, said: string): string {
  if (certificate.test(said))
    return 'The server\'s certificate is not trusted: name its authority\'s file under "ca" of the repository';
  if (hostKey.test(said))
    return 'The server\'s key is not the one in the file under "ssh: known-hosts" of the repository';
  return credentials === null
    ? 'The server asks for a login: name "credentials" (https) or "ssh" for the repository'
    : `Check user and password of the credentials "${credentials.name}", and what they may read`;
}

/** The most telling line: the first that git calls an error. */
function complaintIn(said: string): string {
  const lines = said.split('\n').map((line) => line.trim());
  const line =
    lines.find((text) => /^(?:fatal|error|remote: \S)/i.test(text)) ?? lines.findLast((text) => text !== '');
  return line === undefined ? 'git said nothing' : line.replace(/^(?:fatal|error): /, '');
}

/** Text of a server, which may hold escape sequences, made safe for logs and terminals. */
function printable(text: string): string {
  return stripVTControlCharacters(text)
    .replaceAll('\r', '\n')
    .replace(/[^\P{Cc}\n]/gu, '\uFFFD');
}
