import { createHmac } from 'node:crypto';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type ChatKind, chatPost, type ReceiverKind, webhookPost } from '../../src/domain/chat-post.ts';
import { chatVerdict } from '../../src/domain/chat-verdict.ts';

const now = 1_700_000_000_123;
const more = (count: number) => `and ${count} more`;
const message = { texts: ['✗ cart #12 failed'], more };

// The signatures are those of Python's hmac for the same key and text.
test('each chat gets what its robots take, signed as it asks for', () => {
  const receiver = { url: 'https://chat.example.com/send?access_token=t', secret: 'SECabc', now };

  const dingtalk = chatPost('dingtalk', receiver, message);
  const feishu = chatPost('feishu', receiver, message);
  const wecom = chatPost('wecom', receiver, message);
  const slack = chatPost('slack', receiver, message);

  expect(dingtalk.url).toBe(
    `${receiver.url}&timestamp=${now}&sign=IqXBU%2FaLfwMA3S%2FtDcfRmHx5vWHw9Y1aOgFLBr1Ti9w%3D`,
  );
  expect(JSON.parse(dingtalk.body)).toEqual({ msgtype: 'text', text: { content: '✗ cart #12 failed' } });
  expect(JSON.parse(feishu.body)).toEqual({
    timestamp: '1700000000',
    sign: 'XprR1de+0SSBnwWyU/4k6x2TL+Q2SJlM5NNEdAv7MWg=',
    msg_type: 'text',
    content: { text: '✗ cart #12 failed' },
  });
  expect(JSON.parse(wecom.body)).toEqual({ msgtype: 'text', text: { content: '✗ cart #12 failed' } });
  expect(JSON.parse(slack.body)).toEqual({ text: '✗ cart #12 failed' });
  expect([feishu.url, wecom.url, slack.url]).toEqual([receiver.url, receiver.url, receiver.url]);
});

test('a program can tell from the signature that a request is ours, and from its id that it had it already', () => {
  const body = { items: [] };

  const { headers, body: sent } = webhookPost(
    { url: 'https://hub.example.com', secret: 'hub-secret', now },
    { id: 'm1', body },
  );

  const signed = createHmac('sha256', 'hub-secret').update(`m1.1700000000.${sent}`).digest('base64');
  expect(headers).toMatchObject({
    'webhook-id': 'm1',
    'webhook-timestamp': '1700000000',
    'webhook-signature': `v1,${signed}`,
  });
});

test.each<[ChatKind, string, string]>([
  ['slack', '<!channel> a&b', '&lt;!channel&gt; a&amp;b'],
  ['feishu', '<at user_id="all">all</at>', '＜at user_id="all">all＜/at>'],
])('nobody is called by what somebody else has written: %s', (kind, text, harmless) => {
  const { body } = chatPost(kind, { url: 'https://x', secret: null, now }, { texts: [text], more });

  expect(body).toContain(JSON.stringify(harmless));
});

test('what does not fit is counted, and no character is cut', () => {
  const text = fc.string({ unit: fc.constantFrom('a', 'é', '长', '😀'), minLength: 1, maxLength: 900 });

  fc.assert(
    fc.property(fc.array(text, { minLength: 1, maxLength: 30 }), (texts) => {
      const { body } = chatPost('wecom', { url: 'https://x', secret: null, now }, { texts, more });
      const content: string = JSON.parse(body).text.content;

      expect(Buffer.byteLength(content)).toBeLessThanOrEqual(2_048);
      expect(content.isWellFormed()).toBe(true);
      const left = Number(/and (\d+) more$/.exec(content)?.[1] ?? 0);
      expect(content.split('\n')).toHaveLength(texts.length - left + (left > 0 ? 1 : 0));
    }),
  );
});

test.each<[ReceiverKind, number, string, ReturnType<typeof chatVerdict>]>([
  ['dingtalk', 200, '{"errcode":0,"errmsg":"ok"}', { kind: 'told' }],
  ['dingtalk', 200, '{"errcode":310000}', { kind: 'again', why: '200 {"errcode":310000}', afterMs: null }],
  ['dingtalk', 200, '{"errcode":130101}', { kind: 'again', why: '200 {"errcode":130101}', afterMs: 600_000 }],
  ['feishu', 200, '{"code":0,"msg":"success"}', { kind: 'told' }],
  ['feishu', 200, '{"StatusCode":0}', { kind: 'told' }],
  ['feishu', 200, '{"code":19021}', { kind: 'again', why: '200 {"code":19021}', afterMs: null }],
  ['wecom', 200, '{"errcode":45009}', { kind: 'again', why: '200 {"errcode":45009}', afterMs: 60_000 }],
  ['wecom', 200, 'a proxy', { kind: 'again', why: '200 a proxy', afterMs: null }],
  ['slack', 200, 'ok', { kind: 'told' }],
  ['slack', 404, 'no_service', { kind: 'again', why: '404 no_service', afterMs: null }],
  ['webhook', 204, '', { kind: 'told' }],
  ['webhook', 302, '', { kind: 'again', why: '302', afterMs: null }],
  ['webhook', 0, 'no answer', { kind: 'again', why: 'no answer', afterMs: null }],
])('%s that answers %i %s: %o', (...[kind, code, body, verdict]) => {
  expect(chatVerdict(kind, { code, body, retryAfter: undefined })).toEqual(verdict);
});
