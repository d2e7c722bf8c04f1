import { createHash } from 'node:crypto';
import { type GitUrl, gitUrlMistake, parseGitUrl, shownGitUrl } from '../../config/git-url.ts';
import type { GitRepositoryConfig } from '../../config/server-config.ts';
import { Fault } from '../../domain/fault.ts';
import type { Attempt } from './git-fault.ts';
import { type GitHome, prepareGitHome } from './git-home.ts';
import { Mirror } from './mirror.ts';

export interface GitOptions {
  repository: GitRepositoryConfig;
  /** A folder of this process alone that outlasts it: holds mirrors, and the private configuration. */
  stateDir: string;
  logger?: GitLogger;
  limits?: Partial<GitLimits>;
}

export interface GitLogger {
  warn(fields: object, message: string): void;
}

/** Hard deadlines: of a whole command, and of git's silence while it is at work. */
export interface GitLimits {
  /** Of a question to the server. */
  queryMs: number;
  /** Of a question to the mirror. */
  localMs: number;
  fetchMs: number;
  fetchIdleMs: number;
  checkoutMs: number;
  /** Of an exported tree, its submodules included. */
  treeBytes: number;
}

const minuteMs = 60_000;
const defaultLimits: GitLimits = {
  queryMs: minuteMs,
  localMs: 10 * minuteMs,
  fetchMs: 120 * minuteMs,
  fetchIdleMs: 5 * minuteMs,
  checkoutMs: 120 * minuteMs,
  treeBytes: 50 * 2 ** 30,
};

/** One configured Git repository, checked. */
export interface GitRepository {
  readonly name: string;
  readonly url: GitUrl;
  readonly config: GitRepositoryConfig;
  readonly limits: GitLimits;
  readonly logger: GitLogger | undefined;
  /** Prepared at the first call. */
  home(): Promise<GitHome>;
  /** The bare copy of this repository, or of a submodule of it. */
  mirrorOf(url: GitUrl): Promise<Mirror>;
}

/** @throws Fault `scm-denied` for a URL that is not allowed */
export function openRepository(options: GitOptions): GitRepository {
  const { repository: config, stateDir, logger, limits } = options;
  const owner = { what: `the repository "${config.name}"`, file: 'trunkline.yaml' };
  const url = checkedUrl(config.url, config.allowedSchemes, owner);
  const mirrors = new Map<string, Mirror>();
  let prepared: Promise<GitHome> | undefined;
  const home = () => {
    prepared ??= prepareGitHome(config, url, stateDir).catch((error) => {
      prepared = undefined;
      throw error;
    });
    return prepared;
  };
  const repository: GitRepository = {
    name: config.name,
    url,
    config,
    limits: { ...defaultLimits, ...limits },
    logger,
    home,
    async mirrorOf(place) {
      const name = `${createHash('sha256').update(place.location).digest('hex').slice(0, 32)}.git`;
      const mirror = mirrors.get(name) ?? new Mirror({ ...repository, home: await home() }, place, name);
      mirrors.set(name, mirror);
      return mirror;
    },
  };
  return repository;
}

/**
 * @param whose for the error, which does not repeat the URL: it may hold a password
 * @throws Fault `scm-denied`
 */
export function checkedUrl(text: string, allowedSchemes: readonly string[], whose: UrlOwner): GitUrl {
  const url = parseGitUrl(text);
  const mistake = gitUrlMistake(text, allowedSchemes);
  if (url !== null && mistake === null) return url;
  const why = mistake?.split('\n')[0] ?? 'it is not valid';
  throw new Fault('scm-denied', `The URL of ${whose.what} is refused: ${why}`, {
    hint: `Correct it in ${whose.file}`,
    isRetryable: false,
  });
}

/** Whose URL it is, and where it is written. */
export interface UrlOwner {
  what: string;
  file: string;
}

export function attemptOn({ config }: GitRepository, doing: string, url: GitUrl): Attempt {
  return { what: `${doing} ${shownGitUrl(url)}`, credentials: config.credentials };
}
