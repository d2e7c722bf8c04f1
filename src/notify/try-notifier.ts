import { randomUUID } from 'node:crypto';
import type { NotifierConfig } from '../config/server-config.ts';
import { chatPost, webhookPost } from '../domain/chat-post.ts';
import { chatVerdict } from '../domain/chat-verdict.ts';
import type { Language } from '../domain/notification.ts';
import { exchange } from './exchange.ts';

/** With the sign that DingTalk's keyword may be, as every message has it. */
const texts: Record<Language, (name: string) => string> = {
  en: (name) => `Trunkline #0: this is a test of "notify: ${name}". Nothing has happened.`,
  zh: (name) => `Trunkline #0：这是对“notify: ${name}”的测试消息，什么都没有发生。`,
};

/** Sends a message that says that it is a test. @returns why it was not taken; null: it was */
export async function tryNotifier(notifier: NotifierConfig, signal: AbortSignal): Promise<string | null> {
  const { name, kind, address, secret, ca, language } = notifier;
  const receiver = { url: address.reveal(), secret: secret?.reveal() ?? null, now: Date.now() };
  const post =
    kind === 'webhook'
      ? webhookPost(receiver, { id: randomUUID(), body: { type: 'trunkline.test', items: [] } })
      : chatPost(kind, receiver, { texts: [texts[language](name)], more: String });
  const hidden = [address, ...(secret === null ? [] : [secret])];
  const answer = await exchange({ ...post, method: 'POST', ca, hidden }, signal);
  const verdict = chatVerdict(kind, answer);
  return verdict.kind === 'told' ? null : verdict.why;
}
