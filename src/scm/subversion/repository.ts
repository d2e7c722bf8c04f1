import type { Credentials, SubversionRepositoryConfig } from '../../config/server-config.ts';
import { type BranchLayout, branchFolder, foldersOfBranches } from '../../domain/branch-layout.ts';
import { Fault } from '../../domain/fault.ts';
import type { ReadyShells } from '../ready-shells.ts';
import type { Place } from '../source-control.ts';
import { canonicalUrl, checkScheme, encodePath, withoutSshPort, withoutUser } from './canonical-url.ts';
import type { WorkingCopies } from './copies/working-copies.ts';
import { type DirectLine, openDirectLine } from './direct/direct-line.ts';
import { TreeSizes } from './room-for-trees.ts';
import { prepareSvnClient, type SvnClient } from './svn-client.ts';
import type { Attempt } from './svn-fault.ts';

export interface SubversionOptions {
  repository: SubversionRepositoryConfig;
  /** A folder of ours that lasts as long as the server; holds the private configuration, never a password. */
  stateDir: string;
  logger?: SubversionLogger;
  limits?: Partial<SubversionLimits>;
  /** Of all repositories; absent: every tree is exported. */
  copies?: WorkingCopies | undefined;
  /** Of all repositories; absent: each svn is started anew. */
  shells?: ReadyShells | undefined;
}

export interface SubversionLogger {
  warn(fields: object, message: string): void;
}

/** Hard deadlines (of a whole command, and of its silence while output is waited for), and how large a tree may be. */
export interface SubversionLimits {
  /** Of a question that is put to the server without svn. */
  directMs: number;
  queryMs: number;
  logMs: number;
  logIdleMs: number;
  exportMs: number;
  exportIdleMs: number;
  treeBytes: number;
}

const minuteMs = 60_000;
/** svn prints a file's name when the file is complete, so an export may be silent for as long as its largest file takes. */
const defaultLimits: SubversionLimits = {
  directMs: 5_000,
  queryMs: minuteMs,
  logMs: 30 * minuteMs,
  logIdleMs: 2 * minuteMs,
  exportMs: 120 * minuteMs,
  exportIdleMs: 15 * minuteMs,
  treeBytes: 50 * 2 ** 30,
};

/** One configured Subversion repository, checked. */
export interface SubversionRepository {
  readonly name: string;
  /** Canonical, as configured: the repository's identity. */
  readonly url: string;
  /** What svn is asked for: the same, but that an svn+ssh URL has no port (the ssh command knows it). */
  readonly root: string;
  readonly layout: BranchLayout;
  /** Where to look instead when the account may not read the root; whether that is so is found out, and found anew. */
  readonly folders: readonly string[];
  readonly reach: { isRootClosed: boolean };
  readonly credentials: Credentials | null;
  readonly limits: SubversionLimits;
  readonly logger: SubversionLogger | undefined;
  readonly externals: ExternalsRule;
  readonly copies: WorkingCopies | undefined;
  readonly sizes: TreeSizes;
  readonly direct: DirectLine;
  /** Prepared at the first call. */
  client(): Promise<SvnClient>;
}

/** What becomes of `svn:externals` in trees of this repository. */
export interface ExternalsRule {
  readonly isIgnored: boolean;
  /** Where else they may come from, each with its own login; from this repository they always may. */
  readonly allowed: readonly SubversionRepository[];
}

/** @throws Fault `scm-denied` for a URL or user that is not allowed */
export function openRepository(options: SubversionOptions): SubversionRepository {
  const { repository, stateDir, logger, limits } = options;
  const url = canonicalUrl(repository.url);
  checkScheme(url, repository.allowedSchemes);
  if (repository.credentials !== null) checkUsername(repository.credentials);
  const root = withoutSshPort(url);
  const allLimits = { ...defaultLimits, ...limits };
  let prepared: Promise<SvnClient> | undefined;
  return {
    name: repository.name,
    url,
    root,
    layout: repository.layout,
    folders: repository.readable.length > 0 ? repository.readable : foldersOfBranches(repository.layout),
    reach: { isRootClosed: false },
    credentials: repository.credentials,
    limits: allLimits,
    direct: openDirectLine({ ...repository, root, deadlineMs: allLimits.directMs }),
    logger,
    copies: options.copies,
    sizes: new TreeSizes(),
    externals: {
      isIgnored: repository.externals.isIgnored,
      allowed: repository.externals.allowed.map((allowed) =>
        openRepository({ ...options, repository: allowed }),
      ),
    },
    client() {
      prepared ??= prepareSvnClient({ ...repository, url }, stateDir, options.shells).catch((error) => {
        prepared = undefined;
        throw error;
      });
      return prepared;
    },
  };
}

/** Where a place of a branch lies under the root: a branch is a folder, or the root itself. */
export function pathOfPlace(
  { layout }: SubversionRepository,
  { branch = '', path }: Pick<Place, 'branch' | 'path'>,
): string {
  return [branchFolder(layout, branch), path].filter((part) => part !== '').join('/');
}

/** The URL of a path, encoded, without peg revision. */
export function urlUnder(root: string, path: string): string {
  const encoded = encodePath(path);
  return encoded === '' ? root : `${root}/${encoded}`;
}

/** For error messages: `Exporting svn://host/shop/trunk@12`; `target` lies under the repository's `root`. */
export function attemptOn(repository: SubversionRepository, doing: string, target: string): Attempt {
  const configured = repository.url + target.slice(repository.root.length);
  return { what: `${doing} ${withoutUser(configured)}`, credentials: repository.credentials };
}

/**
 * A revision as svn takes it: a number, never a date, a keyword or a range.
 * @throws Fault `scm-gone`
 */
export function revisionNumber(revision: string): string {
  if (/^\d{1,10}$/.test(revision)) return revision;
  throw new Fault(
    'scm-gone',
    `Revision ${JSON.stringify(revision)} was refused: it is not a revision number`,
    {
      hint: 'Name a Subversion revision by its number, such as 42',
      isRetryable: false,
    },
  );
}

function checkUsername({ name, username }: Credentials): void {
  if (username !== '' && !username.startsWith('-') && !/\p{Cc}/u.test(username)) return;
  throw new Fault(
    'scm-denied',
    `The user name of the credentials "${name}" is refused: it is empty or no plain name`,
    {
      hint: 'A user name does not start with "-" and holds no control characters',
      isRetryable: false,
    },
  );
}
