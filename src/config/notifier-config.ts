import type { ReceiverKind } from '../domain/chat-post.ts';
import type { Language, Notice } from '../domain/notification.ts';
import type { Secret } from '../domain/secret.ts';
import type { Credentials } from './server-config.ts';

/** Somebody who is told of runs. */
export type NotifierConfig = AnyNotifierConfig & (HttpReceiver | { kind: 'mail'; server: MailServer });

interface HttpReceiver {
  kind: ReceiverKind;
  /** The URL; who has it may write there. */
  address: Secret;
  /** What messages are signed with; null: they are not. */
  secret: Secret | null;
  /** A CA file; null: the system's. */
  ca: string | null;
}

export interface MailServer {
  host: string;
  port: number;
  /** From the first byte; else STARTTLS. */
  isTls: boolean;
  /** Also without TLS, and without looking at the certificate. */
  insecure: boolean;
  credentials: Credentials | null;
  from: string;
  to: string[];
  /** A CA file; null: the system's. */
  ca: string | null;
}

interface AnyNotifierConfig {
  name: string;
  wanted: Notice[];
  /** null: all. */
  pipelines: string[] | null;
  /** Patterns; null: all. */
  branches: string[] | null;
  language: Language;
}
