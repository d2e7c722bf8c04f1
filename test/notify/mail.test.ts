import { createServer } from 'node:net';
import { pino } from 'pino';
import { expect, test } from 'vitest';
import type { MailServer, NotifierConfig } from '../../src/config/notifier-config.ts';
import { Secret } from '../../src/domain/secret.ts';
import { startNotifier } from '../../src/notify/notifier.ts';
import { sendMail } from '../../src/notify/send-mail.ts';
import { createRun } from '../../src/runs/create-run.ts';
import { openDatabase } from '../../src/store/database.ts';
import { addNotifier } from '../../src/store/notifications.ts';
import { commitRun } from '../../src/triggers/commit-run.ts';
import { startDatabase } from '../support/postgres.ts';
import { waitFor } from '../support/wait-for.ts';
import { pipelineOf } from '../triggers/triggers-under-test.ts';
import { startMailServer } from './mail-server-under-test.ts';

const mail = { id: 'a1', subject: '✗ cart #2 failed', text: '✗ cart #2 failed\n.\nthe end\n' };
const account = { name: 'relay', username: 'ci', password: new Secret('pa55word') };
const never = new AbortController().signal;

test.each([
  ['STARTTLS', false],
  ['TLS from the first byte', true],
])(
  'a mail goes out over %s with a private CA, after a log-in, and comes as it was written',
  async (_how, isTls) => {
    await using server = await startMailServer({ secure: isTls });

    const verdict = await sendMail({ ...placeOf(server), isTls, credentials: account }, mail, never);

    expect(verdict).toEqual({ kind: 'told' });
    expect(server.received).toMatchObject([
      { user: 'ci', isSecure: true, from: 'ci@example.com', to: ['ann@example.com', 'shop@example.com'] },
    ]);
    const source = server.received[0]?.source ?? '';
    expect(source).toMatch(/^Message-ID: <a1@trunkline>\r?$/m);
    expect(source).toMatch(/^Subject: =\?UTF-8\?/m);
    expect(bodyOf(source)).toBe('✗ cart #2 failed\n.\nthe end\n');
  },
);

test('a server whose certificate nobody vouches for, or that offers no TLS, gets no password and no mail', async () => {
  await using unknown = await startMailServer();
  await using plain = await startMailServer({ disabledCommands: ['STARTTLS'], hideSTARTTLS: true });

  const verdicts = await Promise.all([
    sendMail({ ...placeOf(unknown), ca: null, credentials: account }, mail, never),
    sendMail({ ...placeOf(plain), credentials: account }, mail, never),
  ]);

  expect(verdicts).toMatchObject([
    { kind: 'again', why: expect.stringMatching(/certificate/) },
    { kind: 'again', why: expect.stringMatching(/STARTTLS/) },
  ]);
  expect([...unknown.logins, ...plain.logins]).toEqual([]);
  expect([...unknown.received, ...plain.received]).toEqual([]);
});

test('a relay without TLS takes mail where that was said to be right', async () => {
  await using plain = await startMailServer({ disabledCommands: ['STARTTLS'], hideSTARTTLS: true });

  const verdict = await sendMail({ ...placeOf(plain), insecure: true }, mail, never);

  expect(verdict).toEqual({ kind: 'told' });
  expect(plain.received).toMatchObject([{ isSecure: false }]);
});

test('a refused log-in is told without the password', async () => {
  await using server = await startMailServer();
  const credentials = { ...account, password: new Secret('wr0ng') };

  const verdict = await sendMail({ ...placeOf(server), credentials }, mail, never);

  expect(verdict).toMatchObject({ kind: 'again', why: expect.stringContaining('no such account: ci ***') });
});

test('a server that says nothing is left when the process ends', async () => {
  const silent = createServer();
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
  await using _silent = { [Symbol.asyncDispose]: async () => void silent.close() };
  const connected = new Promise((resolve) => silent.once('connection', resolve));
  const address = silent.address();
  const port = typeof address === 'object' ? (address?.port ?? 0) : 0;
  const end = new AbortController();

  const sending = sendMail({ ...placeOf({ port, ca: null }), credentials: null }, mail, end.signal);
  await connected;
  end.abort();

  await expect(sending).rejects.toThrow();
});

test('what a mail server does not take is sent again, as the same mail, until it is taken', async () => {
  await using server = await startMailServer({ refusals: [{ responseCode: 451, message: 'greylisted' }] });
  await using postgres = await startDatabase();
  await using store = openDatabase({ url: postgres.url, applicationName: 'mail under test' });
  await addNotifier(store.db, 'team');
  for (const move of [1, 2]) await endRun(store.db, move);
  const lines: string[] = [];
  const logger = pino({}, { write: (line) => lines.push(line) });
  const notifier: NotifierConfig = {
    ...{ name: 'team', kind: 'mail', server: placeOf(server) },
    ...{ wanted: ['failure'], pipelines: null, branches: null, language: 'en' },
  };

  await using _notifier = await startNotifier({ store, notifier, url: 'https://ci.example.com', logger });
  await waitFor(() => server.received.length > 0, { what: 'the mail', deadlineMs: 60_000 });

  expect(lines.join('')).toContain('greylisted');
  const body = bodyOf(server.received[0]?.source ?? '');
  expect(body).toMatch(
    /^✗ cart #1 failed on trunk \(r1, ann\)\nhttps:\S+\n\n✗ cart #2 failed on trunk \(r2, ann\)\nhttps:\S+\n$/,
  );
});

async function endRun(db: ReturnType<typeof openDatabase>['db'], move: number): Promise<void> {
  const place = { repository: 'shop', generation: 1, branch: 'trunk', move, revision: String(move) };
  const change = { ...place, author: 'ann', committedAt: null, message: '' };
  const { runId } = await createRun(db, commitRun({ change, eventId: null }, pipelineOf('cart')));
  const ended = { state: 'ended', outcome: 'failed', ended_at: new Date() } as const;
  await db.updateTable('run').set(ended).where('id', '=', runId).execute();
}

function placeOf({ port, ca }: { port: number; ca: string | null }): MailServer {
  const people = { from: 'Trunkline <ci@example.com>', to: ['ann@example.com', 'Shop <shop@example.com>'] };
  return { host: '127.0.0.1', port, isTls: false, insecure: false, credentials: null, ca, ...people };
}

/** Of a mail in one part, whichever way it is written. */
function bodyOf(source: string): string {
  const [head = '', ...rest] = source.split('\r\n\r\n');
  const body = rest.join('\r\n\r\n');
  const coding = /^Content-Transfer-Encoding: (\S+)/im.exec(head)?.[1];
  const bytes =
    coding === 'base64'
      ? Buffer.from(body, 'base64')
      : Buffer.from(
          body
            .replace(/=\r\n/g, '')
            .replace(/=([0-9A-F]{2})/g, (_, hex) => String.fromCharCode(Number.parseInt(hex, 16))),
          'latin1',
        );
  return bytes.toString('utf8').replaceAll('\r\n', '\n');
}
