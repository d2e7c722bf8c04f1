import { readFile } from 'node:fs/promises';
import { rootCertificates } from 'node:tls';
import { createTransport } from 'nodemailer';
import type { MailServer } from '../config/notifier-config.ts';
import type { ChatVerdict } from '../domain/chat-verdict.ts';

export interface Mail {
  /** The same for the same mail: one that is sent once more is shown once. */
  id: string;
  subject: string;
  text: string;
}

const deadlineMs = 20_000;

/** Sends one mail, and throws only when `signal` aborts. Who it goes to in part is told: the others would get it twice. */
export async function sendMail(server: MailServer, mail: Mail, signal: AbortSignal): Promise<ChatVerdict> {
  const limited = AbortSignal.any([signal, AbortSignal.timeout(deadlineMs)]);
  const { credentials } = server;
  try {
    const ca = server.ca === null ? undefined : [...rootCertificates, await readFile(server.ca, 'utf8')];
    const transport = createTransport({
      ...{ host: server.host, port: server.port, secure: server.isTls, requireTLS: !server.insecure },
      tls: { ...(ca !== undefined && { ca }), rejectUnauthorized: !server.insecure, minVersion: 'TLSv1.2' },
      ...(credentials !== null && {
        auth: { user: credentials.username, pass: credentials.password.reveal() },
      }),
      ...{ connectionTimeout: deadlineMs, greetingTimeout: deadlineMs, socketTimeout: deadlineMs },
      ...{ disableFileAccess: true, disableUrlAccess: true },
    });
    await transport.sendMail({
      ...{ from: server.from, to: server.to, subject: mail.subject, text: mail.text },
      messageId: `<${mail.id}@trunkline>`,
      // So that no holiday notice answers it.
      headers: { 'Auto-Submitted': 'auto-generated', 'X-Auto-Response-Suppress': 'All' },
      signal: limited,
    });
    return { kind: 'told' };
  } catch (error) {
    signal.throwIfAborted();
    const why = limited.aborted ? `no answer within ${deadlineMs / 1000} s` : causeOf(error);
    return { kind: 'again', why: covered(why, credentials?.password.reveal()), afterMs: null };
  }
}

function causeOf(error: unknown): string {
  const text = error instanceof Error ? error.message || error.name : String(error);
  return text.replaceAll(/\s+/g, ' ').trim().slice(0, 300);
}

function covered(text: string, password: string | undefined): string {
  return password === undefined || password === '' ? text : text.replaceAll(password, '***');
}
