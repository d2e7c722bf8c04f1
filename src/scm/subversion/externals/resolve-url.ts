import { canonicalUrl } from '../canonical-url.ts';

/** What relative URLs of `svn:externals` are relative to; both canonical. */
export interface ExternalBase {
  /** Root of the repository that has the property: what `^/` means. */
  root: string;
  /** The folder that has the property. */
  folder: string;
}

/**
 * The canonical URL that an external names: `^/` from the repository's root (which `../` may leave), `//` with the scheme,
 * `/` with the host, `../` from the folder of the property.
 * @throws Fault `scm-denied` for what is no plain URL, or climbs above its host
 */
export function resolveExternalUrl(written: string, { root, folder }: ExternalBase): string {
  const [, scheme = '', host = ''] = /^([a-z+]+:)\/\/([^/]*)/.exec(root) ?? [];
  if (written.startsWith('^/')) return withoutClimbs(`${root}/${written.slice(2)}`);
  if (written.startsWith('//')) return withoutClimbs(`${scheme}${written}`);
  if (written.startsWith('/')) return withoutClimbs(`${scheme}//${host}${written}`);
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(written)) return withoutClimbs(written);
  return withoutClimbs(`${folder}/${written}`);
}

function withoutClimbs(url: string): string {
  const [, host = '', path = ''] = /^([a-z0-9+.-]+:\/\/[^/]*)(.*)$/i.exec(url) ?? [];
  const kept: string[] = [];
  for (const segment of path.split('/')) {
    // Above the host there is nothing: the segment stays, and is refused.
    if (segment === '..' && kept.length > 0 && kept.at(-1) !== '..') kept.pop();
    else if (segment !== '' && segment !== '.') kept.push(segment);
  }
  return canonicalUrl([host, ...kept].join('/'));
}
