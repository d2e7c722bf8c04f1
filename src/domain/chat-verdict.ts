import type { ReceiverKind } from './chat-post.ts';
import { memberOf } from './member.ts';

export type ChatVerdict =
  | { kind: 'told' }
  /** Sent once more later: in so many milliseconds, where the answer says so. */
  | { kind: 'again'; why: string; afterMs: number | null };

/** As they count what they take: after that DingTalk takes nothing for ten minutes. */
const limits: Partial<Record<ReceiverKind, { codes: readonly number[]; afterMs: number }>> = {
  dingtalk: { codes: [130_101, 410_100], afterMs: 600_000 },
  feishu: { codes: [11_232], afterMs: 60_000 },
  wecom: { codes: [45_009], afterMs: 60_000 },
};
/** Of the body: these three answer 200 also when they refuse. */
const codeKeys: Partial<Record<ReceiverKind, readonly string[]>> = {
  dingtalk: ['errcode'],
  feishu: ['code', 'StatusCode'],
  wecom: ['errcode'],
};

/** What the answer to a message means. */
export function chatVerdict(
  kind: ReceiverKind,
  answer: {
    /** Of HTTP; 0: there was none, and `body` says why. */
    code: number;
    body: string;
    retryAfter: string | undefined;
  },
): ChatVerdict {
  const { code, body, retryAfter } = answer;
  const text = body.replaceAll(/\s+/g, ' ').trim().slice(0, 200);
  const why = code === 0 ? text : `${code} ${text}`.trim();
  if (code < 200 || code > 299) {
    const seconds = /^\d{1,5}$/.exec(retryAfter ?? '')?.[0];
    return { kind: 'again', why, afterMs: seconds === undefined ? null : Number(seconds) * 1000 };
  }
  const keys = codeKeys[kind];
  if (keys === undefined) return { kind: 'told' };
  const said = keys.map((key) => memberOf(parsed(body), key)).find((value) => typeof value === 'number');
  if (said === 0) return { kind: 'told' };
  const limit = limits[kind];
  return { kind: 'again', why, afterMs: limit?.codes.includes(Number(said)) ? limit.afterMs : null };
}

function parsed(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return null;
  }
}
