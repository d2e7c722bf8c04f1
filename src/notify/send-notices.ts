import { createHash } from 'node:crypto';
import type { NotifierConfig } from '../config/notifier-config.ts';
import { chatPost, type Post, webhookPost } from '../domain/chat-post.ts';
import { type ChatVerdict, chatVerdict } from '../domain/chat-verdict.ts';
import { mailText } from '../domain/mail-text.ts';
import { type Happening, moreText, type Notice, noticeText } from '../domain/notification.ts';
import { exchange } from './exchange.ts';
import { sendMail } from './send-mail.ts';

export interface Told {
  happening: Happening;
  notice: Notice;
}

/** Tells somebody of all of it in one message. @throws only when `signal` aborts */
export async function sendNotices(
  notifier: NotifierConfig,
  message: { told: readonly Told[]; url: string | null },
  signal: AbortSignal,
): Promise<ChatVerdict> {
  if (notifier.kind === 'mail') {
    const mail = { id: idOf(message.told), ...mailText(textsOf(notifier, message)) };
    return sendMail(notifier.server, mail, signal);
  }
  return sendPost(notifier, postOf(notifier, message), signal);
}

type HttpNotifierConfig = Exclude<NotifierConfig, { kind: 'mail' }>;

export async function sendPost(
  { kind, address, secret, ca }: HttpNotifierConfig,
  post: Post,
  signal: AbortSignal,
): Promise<ChatVerdict> {
  const hidden = [address, ...(secret === null ? [] : [secret])];
  return chatVerdict(kind, await exchange({ ...post, method: 'POST', ca, hidden }, signal));
}

function postOf(notifier: HttpNotifierConfig, message: { told: readonly Told[]; url: string | null }): Post {
  const { kind, address, secret } = notifier;
  const { told, url } = message;
  const receiver = { url: address.reveal(), secret: secret?.reveal() ?? null, now: Date.now() };
  if (kind !== 'webhook') return chatPost(kind, receiver, textsOf(notifier, message));
  const items = told.map(({ happening, notice }) => {
    const { before: _, ...run } = happening;
    return { notice, ...run, page: pageOf(happening, url) };
  });
  return webhookPost(receiver, { id: idOf(told), body: { type: 'trunkline.runs', items } });
}

function textsOf({ language }: NotifierConfig, { told, url }: { told: readonly Told[]; url: string | null }) {
  const texts = told.map(({ happening, notice }) =>
    noticeText(happening, { notice, language, page: pageOf(happening, url) }),
  );
  return { texts, more: (count: number) => moreText(count, language) };
}

function pageOf({ runId }: Happening, url: string | null): string | null {
  return url === null ? null : `${url.replace(/\/$/, '')}/runs/${runId}`;
}

function idOf(told: readonly Told[]): string {
  const keys = told.map(({ happening: { runId, step } }) => `${runId}/${step ?? ''}`).join(' ');
  return createHash('sha256').update(keys).digest('hex').slice(0, 32);
}
