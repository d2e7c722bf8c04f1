import { Fault } from '../../domain/fault.ts';

const alwaysAllowed = ['https', 'svn', 'svn+ssh'];
const allowedWhenConfigured = ['http', 'file'];
const defaultPorts: Readonly<Record<string, string>> = {
  https: '443',
  http: '80',
  svn: '3690',
  'svn+ssh': '22',
};

const shape = /^([a-z][a-z0-9+.-]*):\/\/(?:([^/@]*)@)?(\[[0-9a-f:.]+\]|[^/:@]*)(?::(\d{1,5}))?(\/.*)?$/i;
const host = /^(\[[0-9a-f:.]+\]|[a-z0-9_]([a-z0-9._-]*[a-z0-9_])?)$/;
const user = /^[\w.][\w.-]*$/;

/**
 * The one spelling of a repository's URL: scheme and host in lower case, no default port, no trailing slash, each
 * segment percent-encoded as Subversion itself does. Equal URLs give equal text; the path stays case-sensitive.
 * @throws Fault `scm-denied` for what is not a plain URL or carries a password
 */
export function canonicalUrl(text: string): string {
  const [, rawScheme, userinfo, rawHost = '', port, path = ''] = shape.exec(text) ?? [];
  if (rawScheme === undefined) throw refused(text, 'it is not an absolute URL');
  const scheme = rawScheme.toLowerCase();
  const authority = canonicalAuthority(text, { scheme, userinfo, host: rawHost.toLowerCase(), port });
  return `${scheme}://${authority}${canonicalPath(text, path)}`;
}

/**
 * Refuses schemes that the installation has not allowed. Schemes of the form `svn+xxx` name a program in a user's
 * Subversion configuration, so none but svn+ssh is ever allowed.
 * @throws Fault `scm-denied`
 */
export function checkScheme(canonical: string, allowedSchemes: readonly string[]): void {
  const scheme = canonical.slice(0, canonical.indexOf(':'));
  if (alwaysAllowed.includes(scheme)) return;
  const canBeAllowed = allowedWhenConfigured.includes(scheme);
  if (canBeAllowed && allowedSchemes.includes(scheme)) return;
  throw new Fault(
    'scm-denied',
    `The repository URL ${canonical} is refused: scheme "${scheme}" is not allowed`,
    {
      hint: canBeAllowed
        ? `Allow "${scheme}" for this repository in the server's configuration`
        : 'Use https, svn or svn+ssh',
      isRetryable: false,
    },
  );
}

/**
 * Percent-encodes a path of the repository segment by segment (`a b/rel@1` -> `a%20b/rel@1`).
 * @param path relative to the root, not encoded; empty segments are dropped
 * @throws Fault `scm-denied` for a path that leaves its root, or that a command could take for an option
 */
export function encodePath(path: string): string {
  const segments = path.split('/').filter((segment) => segment !== '' && segment !== '.');
  if (segments.includes('..')) throw refusedPath(path, 'it contains ".."');
  if (segments[0]?.startsWith('-')) throw refusedPath(path, 'it starts with "-"');
  if (!path.isWellFormed() || path.includes('\0')) throw refusedPath(path, 'it is not valid text');
  return segments.map(encodeSegment).join('/');
}

/** The URL as people may see it: without the user of svn+ssh. */
export function withoutUser(canonical: string): string {
  return canonical.replace(/^([a-z+]+:\/\/)[^/@]*@/, '$1');
}

/** svn would take the port of an svn+ssh URL for a part of the host's name. */
export function withoutSshPort(canonical: string): string {
  return canonical.replace(/^(svn\+ssh:\/\/[^/]*):\d+/, '$1');
}

/** The port of an svn+ssh URL that names one. */
export function sshPort(canonical: string): string | undefined {
  return /^svn\+ssh:\/\/[^/]*:(\d+)/.exec(canonical)?.[1];
}

interface Authority {
  scheme: string;
  userinfo: string | undefined;
  host: string;
  port: string | undefined;
}

function canonicalAuthority(text: string, parts: Authority): string {
  if (parts.scheme === 'file') return localAuthority(text, parts);
  if (!host.test(parts.host)) throw refused(text, 'its host name is not valid');
  if (parts.userinfo !== undefined && parts.scheme !== 'svn+ssh') {
    throw refused(withoutUser(text), 'user and password belong into "credentials"');
  }
  if (parts.userinfo !== undefined && !user.test(parts.userinfo)) {
    throw refused(withoutUser(text), 'its user name is not valid');
  }
  const login = parts.userinfo === undefined ? '' : `${parts.userinfo}@`;
  const hasOwnPort = parts.port !== undefined && parts.port !== defaultPorts[parts.scheme];
  return `${login}${parts.host}${hasOwnPort ? `:${parts.port}` : ''}`;
}

function localAuthority(text: string, { userinfo, host, port }: Authority): string {
  const isLocal = host === '' || host === 'localhost';
  if (isLocal && userinfo === undefined && port === undefined) return '';
  throw refused(text, 'a file URL names no host');
}

function canonicalPath(text: string, path: string): string {
  const segments = path.split('/').filter((segment) => segment !== '' && segment !== '.');
  return segments.map((segment) => `/${encodeSegment(decodeSegment(text, segment))}`).join('');
}

function decodeSegment(text: string, segment: string): string {
  const decoded = decodeOrUndefined(segment);
  if (decoded === undefined) throw refused(text, 'it is not properly percent-encoded');
  if (decoded === '..' || decoded.includes('/') || decoded.includes('\0')) {
    throw refused(text, 'its path contains "..", an encoded slash or an encoded NUL');
  }
  return decoded;
}

function decodeOrUndefined(segment: string): string | undefined {
  try {
    return decodeURIComponent(segment);
  } catch (error) {
    if (error instanceof URIError) return undefined;
    throw error;
  }
}

/** `encodeURIComponent`, but for the characters that Subversion's canonical form leaves as they are. */
function encodeSegment(segment: string): string {
  return encodeURIComponent(segment).replace(/%(24|26|2B|2C|3A|3D|40)/g, decodeURIComponent);
}

function refused(url: string, why: string): Fault {
  return new Fault('scm-denied', `The repository URL ${JSON.stringify(url)} is refused: ${why}`, {
    hint: "Correct the repository's URL in the server's configuration",
    isRetryable: false,
  });
}

function refusedPath(path: string, why: string): Fault {
  return new Fault('scm-denied', `The repository path ${JSON.stringify(path)} is refused: ${why}`, {
    hint: "Name a path relative to the repository's root",
    isRetryable: false,
  });
}
