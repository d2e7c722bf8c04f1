import type { Credentials } from '../../../config/server-config.ts';

/** Whom to ask, and as whom. */
export interface Asked {
  /** Canonical. */
  root: string;
  credentials: Credentials | null;
  /** PEM file of the only authority that is believed; null: those that Node knows. */
  ca: string | null;
  /** PKCS#12 file without a passphrase, for a server that asks for a certificate. */
  clientCertificate?: string | null;
  /** What svn overlooks of the server's certificate; nobody but svn does. */
  trustedFailures?: readonly string[];
  deadlineMs: number;
}

export interface DirectAnswer {
  uuid: string;
  head: number;
}

/**
 * Asks a repository's server, without a process, who it is and what its newest revision is.
 * @throws Surprise, or the connection's error, when svn has to be asked
 */
export type DirectQuestion = (signal: AbortSignal) => Promise<DirectAnswer>;

/** A server answered otherwise than expected, or not in time: svn, which knows every case, has to be asked instead. */
export class Surprise extends Error {}
