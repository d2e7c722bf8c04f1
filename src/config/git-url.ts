const alwaysAllowed = ['https', 'ssh'];
/** Schemes that `git: { allow: [...] }` may add. Others, such as `ext`, name a program to run: never. */
export const optionalGitSchemes = ['http', 'file'] as const;

/** A Git repository's URL, taken apart; what is not of this shape is never handed to git. */
export interface GitUrl {
  scheme: 'https' | 'http' | 'ssh' | 'file';
  /** ssh only. */
  user: string | null;
  /** In lower case, with its port unless that is the scheme's own; '' for file. */
  host: string;
  /** Begins with a slash, without a slash at its end. */
  path: string;
  /** What git is given: as written, since `host:path` begins in the home folder and `ssh://host/path` does not. */
  location: string;
}

const urlShape = /^([a-z][a-z0-9+.-]*):\/\/(?:([^/@]*)@)?(\[[0-9a-f:.]+\]|[^/:@]*)(?::(\d{1,5}))?(\/.*)$/i;
/** `git@host:shop/web.git`. */
const shortShape = /^(?:([^/@:]+)@)([^/:@]+):(?!\/\/)(.+)$/;
const hostPattern = /^(?:\[[0-9a-f:.]+\]|[a-z0-9](?:[a-z0-9._-]*[a-z0-9])?)$/i;
const userPattern = /^[a-z0-9_.][a-z0-9_.-]*$/i;
const defaultPorts: Readonly<Record<string, string>> = { https: '443', http: '80', ssh: '22', file: '' };

/** @returns null for what is no URL that git may be given, whatever the server's config allows */
export function parseGitUrl(text: string): GitUrl | null {
  const parts = partsOf(text);
  if (parts === null || /[\p{Cc}\s\\]/u.test(text)) return null;
  const { scheme, user = null, host, port, path: written } = parts;
  const path = written.replace(/\/+$/, '');
  if (!isScheme(scheme) || !isPlaceRight(parts) || !isPathRight(path)) return null;
  const hasOwnPort = port !== undefined && port !== defaultPorts[scheme];
  return {
    scheme,
    user,
    host: `${host.toLowerCase()}${hasOwnPort ? `:${port}` : ''}`,
    path: path.startsWith('/') ? path : `/${path}`,
    location: text.replace(/\/+$/, ''),
  };
}

/**
 * What is wrong with a Git repository's URL, with a hint after a line break, or null. Never repeats the URL, which may
 * hold a password.
 */
export function gitUrlMistake(text: string, allowedSchemes: readonly string[]): string | null {
  const parts = partsOf(text);
  if (parts === null)
    return 'this is not an absolute repository URL\nfor example https://git.example.com/web.git';
  const { scheme, user } = parts;
  if (!alwaysAllowed.includes(scheme) && !allowedSchemes.includes(scheme)) {
    const canBeAllowed = optionalGitSchemes.some((optional) => optional === scheme);
    const remedy = canBeAllowed ? `allow it with git: { allow: [${scheme}] }` : 'use https or ssh';
    return `the URL scheme '${scheme}' is not allowed here\n${remedy}`;
  }
  if (user !== undefined && (scheme !== 'ssh' || user.includes(':')))
    return "user and password do not belong into a URL\nname an entry of 'credentials'";
  return parseGitUrl(text) === null ? 'the user, the host or the path of the URL is not valid' : null;
}

/** The URL for people and records: one spelling, without the user. */
export function shownGitUrl({ scheme, host, path }: GitUrl): string {
  return `${scheme}://${host}${path}`;
}

/** Equal for the spellings of one repository's address that web servers and people use. */
export function gitAddress({ host, path }: GitUrl): string {
  return `${host}${decodeOrKeep(path).replace(/\.git$/, '')}`;
}

/** What the server calls the repository: `shop/web`. */
export function gitProject({ path }: GitUrl): string {
  return decodeOrKeep(path)
    .replace(/\.git$/, '')
    .replace(/^\/+/, '');
}

interface UrlParts {
  scheme: string;
  user: string | undefined;
  host: string;
  port: string | undefined;
  path: string;
}

function partsOf(text: string): UrlParts | null {
  const [, scheme, user, host = '', port, path = ''] = urlShape.exec(text) ?? [];
  if (scheme !== undefined) return { scheme: scheme.toLowerCase(), user, host, port, path };
  const [, login, place = '', below = ''] = shortShape.exec(text) ?? [];
  return login === undefined
    ? null
    : { scheme: 'ssh', user: login, host: place, port: undefined, path: below };
}

function isPlaceRight({ scheme, user, host, port }: UrlParts): boolean {
  if (scheme === 'file') return user === undefined && host === '' && port === undefined;
  const isUserRight = user === undefined || (scheme === 'ssh' && userPattern.test(user));
  return isUserRight && hostPattern.test(host);
}

/** A path that begins with a dash is an option to whoever forgets that it is a path. */
function isPathRight(path: string): boolean {
  return path !== '' && !/^\/?-/.test(path) && !/(?:^|\/)(?:\.|%2e){2}(?:\/|$)/i.test(path);
}

function isScheme(scheme: string): scheme is GitUrl['scheme'] {
  return Object.hasOwn(defaultPorts, scheme);
}

function decodeOrKeep(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch (error) {
    if (error instanceof URIError) return path;
    throw error;
  }
}
