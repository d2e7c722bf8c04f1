const alwaysAllowed = ['https', 'svn', 'svn+ssh'];
/** Schemes that `svn: { allow: [...] }` may add. Schemes such as `svn+xxx` name a program to run: never. */
export const optionalSchemes = ['http', 'file'] as const;

const shape = /^([a-z][a-z0-9+.-]*):\/\/(?:([^/]*)@)?(\[[0-9a-f:.]+\]|[^/:@]*)(?::\d{1,5})?(?:\/.*)?$/i;
const hostPattern = /^(?:\[[0-9a-f:.]+\]|[a-z0-9](?:[a-z0-9._-]*[a-z0-9])?)$/i;
const userPattern = /^[a-z0-9_.][a-z0-9_.-]*$/i;

/**
 * What is wrong with a Subversion repository's URL, with a hint after a line break, or null. Never repeats the URL,
 * which may hold a password.
 */
export function repositoryUrlMistake(url: string, allowedSchemes: readonly string[]): string | null {
  const [, scheme, user, host = ''] = shape.exec(url) ?? [];
  if (scheme === undefined || /[\p{Cc}\s]/u.test(url))
    return 'this is not an absolute repository URL\nfor example svn://svn.example.com/shop';
  return (
    schemeMistake(scheme.toLowerCase(), allowedSchemes) ??
    userMistake(scheme, user) ??
    placeMistake(scheme, host, url)
  );
}

function schemeMistake(scheme: string, allowedSchemes: readonly string[]): string | null {
  if (alwaysAllowed.includes(scheme) || allowedSchemes.includes(scheme)) return null;
  const canBeAllowed = optionalSchemes.some((optional) => optional === scheme);
  const remedy = canBeAllowed ? `allow it with svn: { allow: [${scheme}] }` : 'use https, svn or svn+ssh';
  return `the URL scheme '${scheme}' is not allowed here\n${remedy}`;
}

function userMistake(scheme: string, user: string | undefined): string | null {
  if (user === undefined) return null;
  if (scheme.toLowerCase() !== 'svn+ssh' || user.includes(':'))
    return "user and password do not belong into a URL\nname an entry of 'credentials'";
  return userPattern.test(user) ? null : 'the user in the URL is not valid';
}

function placeMistake(scheme: string, host: string, url: string): string | null {
  const isHostRight =
    scheme.toLowerCase() === 'file' ? host === '' || host === 'localhost' : hostPattern.test(host);
  if (!isHostRight) return 'the host in the URL is not valid';
  return /\/(?:\.|%2e){2}(?:\/|$)/i.test(url) ? "the URL has '..' in its path" : null;
}
