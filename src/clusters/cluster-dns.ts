import type { DnsConfig } from '../config/server-config.ts';
import type { Refusal } from './cluster.ts';

/**
 * The stub domains and upstream servers of a cluster's DNS. What others have written there stays as it is.
 *
 * `look` changes nothing. `apply` writes what differs, conditional on what was read, and keeps the former content in
 * an annotation of the same object: nothing is lost with the process. `settle` then watches, and puts the former
 * content back where names are no longer answered. An interrupted one is taken up by the next `apply`.
 */
export interface ClusterDns {
  look(wish: DnsConfig, signal: AbortSignal): Promise<DnsLook | Refusal>;
  apply(wish: DnsConfig, signal: AbortSignal): Promise<DnsApplied | Refusal>;
}

export interface DnsLook {
  server: 'coredns' | 'kube-dns';
  /** `configmap/coredns` */
  object: string;
  namespace: string;
  /** What an apply would write. */
  changes: DnsChange[];
  /** What came of the last apply; null: none is known. */
  last: DnsVerdict | null;
}

export interface DnsChange {
  /** A key of the ConfigMap. */
  key: string;
  /** null: it is not there. */
  before: string | null;
  /** null: it is taken out. */
  after: string | null;
}

export interface DnsVerdict {
  state: 'trying' | 'kept' | 'restored';
  /** ISO 8601: when it was written. */
  at: string;
  /** Why, in one line. */
  text: string;
}

export interface DnsApplied {
  look: DnsLook;
  /** null: there was nothing to write. Rejects with the signal's reason, and leaves what was written as it is. */
  settle: ((signal: AbortSignal) => Promise<DnsVerdict>) | null;
}
