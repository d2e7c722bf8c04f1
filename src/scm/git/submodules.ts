import { lstat } from 'node:fs/promises';
import { dirname, join, relative, sep } from 'node:path';
import { type GitUrl, parseGitUrl, shownGitUrl } from '../../config/git-url.ts';
import { Fault } from '../../domain/fault.ts';
import { asPartOfTree } from '../part-of-tree.ts';
import type { Mirror } from './mirror.ts';
import { checkedUrl, type GitRepository } from './repository.ts';

export interface Submodule {
  /** Relative to the root of the commit that names it. */
  path: string;
  url: GitUrl;
  revision: string;
}

interface Superproject {
  repository: GitRepository;
  url: GitUrl;
  revision: string;
  /** Only those in these folders. */
  wanted: readonly string[];
  tree: string;
}

/**
 * The submodules of a commit, with URLs that may be fetched: on the repository's own host, or allowed by the server's config.
 * @throws Fault `scm-broken-tree` for another URL, or a submodule without one
 */
export async function submodulesIn(
  mirror: Mirror,
  superproject: Superproject,
  signal: AbortSignal,
): Promise<Submodule[]> {
  const { revision, wanted, tree } = superproject;
  const links = (await linksIn(mirror, revision, signal)).filter(({ path }) =>
    wanted.some((part) => isIn(part, path)),
  );
  if (links.length === 0) return [];
  const urls = await writtenUrls(mirror, revision, signal);
  for (const link of links) await assertRealFolder(tree, link.path);
  return asPartOfTree(() =>
    links.map((link) => {
      const written = urls.get(link.path);
      if (written === undefined) throw withoutUrl(link.path);
      return { ...link, url: resolveUrl(superproject, { path: link.path, written }) };
    }),
  );
}

/** `MODE commit ID<tab>PATH` in the list of the whole tree. */
async function linksIn(
  mirror: Mirror,
  revision: string,
  signal: AbortSignal,
): Promise<{ path: string; revision: string }[]> {
  const root = await mirror.ask(['ls-tree', '-z', '--name-only', revision, '.gitmodules'], signal);
  if (root === '') return [];
  const listed = await mirror.ask(['ls-tree', '-r', '-z', revision], signal);
  return listed.split('\0').flatMap((line) => {
    const [, id, path] = /^160000 commit ([0-9a-f]+)\t(.+)$/s.exec(line) ?? [];
    return id === undefined || path === undefined ? [] : [{ path, revision: id }];
  });
}

/** URLs by path, as `.gitmodules` has them: `submodule.NAME.KEY<newline>VALUE`. */
async function writtenUrls(
  mirror: Mirror,
  revision: string,
  signal: AbortSignal,
): Promise<Map<string, string>> {
  const args = [
    'config',
    '-z',
    '--blob',
    `${revision}:.gitmodules`,
    '--get-regexp',
    '^submodule\\..*\\.(path|url)$',
  ];
  const values = new Map<string, Record<string, string>>();
  for (const entry of (await mirror.ask(args, signal)).split('\0')) {
    const [, name = '', key = '', value = ''] = /^submodule\.(.*)\.(path|url)\n(.*)$/s.exec(entry) ?? [];
    values.set(name, { ...values.get(name), [key]: value });
  }
  return new Map([...values.values()].flatMap(({ path, url }) => (path && url ? [[path, url]] : [])));
}

function isIn(folder: string, path: string): boolean {
  return folder === '' || path === folder || path.startsWith(`${folder}/`);
}

/** `../lib.git` is relative to the repository's own URL. */
function resolveUrl(
  { repository, url }: Superproject,
  { path, written }: { path: string; written: string },
): GitUrl {
  const { allowedSchemes, submodules } = repository.config;
  const isRelative = /^\.\.?\//.test(written);
  const text = isRelative ? relativeUrl(url.location, written) : written;
  const owner = { what: `the submodule at ${JSON.stringify(path)}`, file: '".gitmodules"' };
  const resolved = checkedUrl(text, allowedSchemes, owner);
  const isSameHost = resolved.scheme === repository.url.scheme && resolved.host === repository.url.host;
  if (isSameHost || submodules.some((allowed) => allows(allowed, resolved))) return resolved;
  throw new Fault('scm-denied', `The submodule ${shownGitUrl(resolved)} is refused: it is on another host`, {
    hint: `Allow its URL under "submodules" of the repository "${repository.name}"`,
    isRetryable: false,
  });
}

/** One that ends with a slash, which may be all of a host, means what is below it. */
function allows(allowed: string, url: GitUrl): boolean {
  const known = parseGitUrl(allowed.endsWith('/') ? `${allowed}*` : allowed);
  if (known === null) return false;
  const [shown, pattern] = [shownGitUrl(url), shownGitUrl(known)];
  return shown === pattern || (pattern.endsWith('/*') && shown.startsWith(pattern.slice(0, -1)));
}

function relativeUrl(base: string, written: string): string {
  const steps = written.split('/').filter((step) => step !== '.' && step !== '');
  let text = base;
  for (const step of steps) {
    if (step === '..') text = text.replace(/[/:][^/:]*$/, '');
    else text = `${text}/${step}`;
  }
  return text;
}

/** A tree that names a link and something below it would lead the submodule's files out of the workspace. */
async function assertRealFolder(tree: string, path: string): Promise<void> {
  for (let folder = join(tree, path); folder !== tree; folder = dirname(folder)) {
    const found = await lstat(folder).catch(() => undefined);
    const isInside = !relative(tree, folder).split(sep).includes('..');
    if (isInside && (found === undefined || found.isDirectory())) continue;
    throw new Fault(
      'scm-broken-tree',
      `The submodule at ${JSON.stringify(path)} is refused: it is not in a folder`,
      {
        hint: 'Correct it in the repository',
        isRetryable: false,
      },
    );
  }
}

function withoutUrl(path: string): Fault {
  return new Fault('scm-broken-tree', `The submodule at ${JSON.stringify(path)} has no URL`, {
    hint: 'Name it in ".gitmodules" at the root of the repository, or remove the folder from the index',
    isRetryable: false,
  });
}
