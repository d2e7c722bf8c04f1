import { randomUUID } from 'node:crypto';
import type { NotifierConfig } from '../config/notifier-config.ts';
import { chatPost, webhookPost } from '../domain/chat-post.ts';
import type { ChatVerdict } from '../domain/chat-verdict.ts';
import { mailText } from '../domain/mail-text.ts';
import type { Language } from '../domain/notification.ts';
import { sendMail } from './send-mail.ts';
import { sendPost } from './send-notices.ts';

/** With the sign that DingTalk's keyword may be, as every message has it. */
const texts: Record<Language, (name: string) => string> = {
  en: (name) => `Trunkline #0: this is a test of "notify: ${name}". Nothing has happened.`,
  zh: (name) => `Trunkline #0：这是对“notify: ${name}”的测试消息，什么都没有发生。`,
};

/** Sends a message that says that it is a test. @returns why it was not taken; null: it was */
export async function tryNotifier(notifier: NotifierConfig, signal: AbortSignal): Promise<string | null> {
  const { name, language } = notifier;
  if (notifier.kind === 'mail') {
    const text = texts[language](name);
    const mail = { id: randomUUID(), ...mailText({ texts: [text], more: String }) };
    return refusalOf(await sendMail(notifier.server, mail, signal));
  }
  const { kind, address, secret } = notifier;
  const receiver = { url: address.reveal(), secret: secret?.reveal() ?? null, now: Date.now() };
  const post =
    kind === 'webhook'
      ? webhookPost(receiver, { id: randomUUID(), body: { type: 'trunkline.test', items: [] } })
      : chatPost(kind, receiver, { texts: [texts[language](name)], more: String });
  return refusalOf(await sendPost(notifier, post, signal));
}

function refusalOf(verdict: ChatVerdict): string | null {
  return verdict.kind === 'told' ? null : verdict.why;
}
