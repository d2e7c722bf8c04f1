import { createHmac } from 'node:crypto';
import { cutBytes } from './cut-bytes.ts';

/** Where people are told of runs: four chats that take messages of robots, and any program that takes JSON. */
export const receiverKinds = ['dingtalk', 'feishu', 'wecom', 'slack', 'webhook'] as const;
export type ReceiverKind = (typeof receiverKinds)[number];
export type ChatKind = Exclude<ReceiverKind, 'webhook'>;

/** The most that a message may have, in bytes of UTF-8, with room for what is around it. */
const mostBytes = { dingtalk: 18_000, feishu: 18_000, wecom: 2_048, slack: 12_000 } satisfies Record<
  ChatKind,
  number
>;

export interface Post {
  url: string;
  headers: Record<string, string>;
  body: string;
}

export interface Receiver {
  url: string;
  /** What messages are signed with; null: they are not. */
  secret: string | null;
  /** Milliseconds since 1970. */
  now: number;
}

/**
 * One message of all these texts, as far as they fit.
 * @param more what is said of so many that do not fit
 */
export function chatPost(
  kind: ChatKind,
  receiver: Receiver,
  message: { texts: readonly string[]; more: (count: number) => string },
): Post {
  const escaped = message.texts.map((text) => harmless(kind, text));
  const content = fitting(escaped, { mostBytes: mostBytes[kind], more: message.more });
  const posts = {
    dingtalk: () => dingtalkPost(receiver, { msgtype: 'text', text: { content } }),
    feishu: () => feishuPost(receiver, { msg_type: 'text', content: { text: content } }),
    wecom: () => jsonPost(receiver.url, { msgtype: 'text', text: { content } }),
    slack: () => jsonPost(receiver.url, { text: content }),
  } satisfies Record<ChatKind, () => Post>;
  return posts[kind]();
}

/** Signed as Standard Webhooks say, where there is a secret. @param id the same for the same message */
export function webhookPost({ url, secret, now }: Receiver, message: { id: string; body: object }): Post {
  const post = jsonPost(url, message.body);
  const timestamp = String(Math.floor(now / 1000));
  const headers = { ...post.headers, 'webhook-id': message.id, 'webhook-timestamp': timestamp };
  if (secret === null) return { ...post, headers };
  const signature = hmac(secret, `${message.id}.${timestamp}.${post.body}`);
  return { ...post, headers: { ...headers, 'webhook-signature': `v1,${signature}` } };
}

function jsonPost(url: string, body: object): Post {
  return { url, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
}

function dingtalkPost({ url, secret, now }: Receiver, body: object): Post {
  if (secret === null) return jsonPost(url, body);
  const signed = new URL(url);
  signed.searchParams.set('timestamp', String(now));
  signed.searchParams.set('sign', hmac(secret, `${now}\n${secret}`));
  return jsonPost(signed.href, body);
}

/** Here time and secret are the key, and what is signed is nothing. */
function feishuPost({ url, secret, now }: Receiver, body: object): Post {
  if (secret === null) return jsonPost(url, body);
  const timestamp = String(Math.floor(now / 1000));
  return jsonPost(url, { timestamp, sign: hmac(`${timestamp}\n${secret}`, ''), ...body });
}

function hmac(key: string, text: string): string {
  return createHmac('sha256', key).update(text).digest('base64');
}

/** What a chat would take for a command, such as to call everybody, is text. */
function harmless(kind: ChatKind, text: string): string {
  if (kind === 'slack') return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
  return kind === 'feishu' ? text.replaceAll('<', '＜') : text;
}

function fitting(
  texts: readonly string[],
  { mostBytes: most, more }: { mostBytes: number; more: (count: number) => string },
): string {
  for (let count = texts.length; count > 1; count--) {
    const left = texts.length - count;
    const whole = [...texts.slice(0, count), ...(left > 0 ? [more(left)] : [])].join('\n');
    if (Buffer.byteLength(whole) <= most) return whole;
  }
  const rest = texts.length > 1 ? `\n${more(texts.length - 1)}` : '';
  return cutBytes(texts[0] ?? '', most - Buffer.byteLength(rest)) + rest;
}
