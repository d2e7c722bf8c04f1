import { readFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { SMTPServer, type SMTPServerOptions } from 'smtp-server';
import { makeCertificate } from '../support/certificate.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

export interface ReceivedMail {
  user: unknown;
  isSecure: boolean;
  from: string;
  to: string[];
  source: string;
}

/** A real mail server with a certificate of its own, which takes `ci` with `pa55word`. */
export async function startMailServer(
  options: SMTPServerOptions & { refusals?: { responseCode: number; message: string }[] } = {},
) {
  await using opening = new AsyncDisposableStack();
  const folder = opening.use(await temporaryFolder());
  const { key, certificate: ca } = await makeCertificate(folder.path);
  const received: ReceivedMail[] = [];
  const logins: string[] = [];
  const { refusals = [], ...more } = options;
  const server = new SMTPServer({
    ...{ key: await readFile(key), cert: await readFile(ca), logger: false, authOptional: true },
    ...{ disableReverseLookup: true, closeTimeout: 100 },
    onAuth({ username, password }, _session, done) {
      logins.push(`${username} ${password}`);
      if (username === 'ci' && password === 'pa55word') return done(null, { user: username });
      done(Object.assign(new Error(`no such account: ${username} ${password}`), { responseCode: 535 }));
    },
    onData(stream, { user, secure, envelope }, done) {
      text(stream).then((source) => {
        const refusal = refusals.shift();
        if (refusal !== undefined) return done(Object.assign(new Error(refusal.message), refusal));
        const { mailFrom, rcptTo } = envelope;
        const from = mailFrom === false ? '' : mailFrom.address;
        received.push({ user, isSecure: secure, from, to: rcptTo.map(({ address }) => address), source });
        done();
      }, done);
    },
    ...more,
  });
  // A client that does not trust the certificate goes away.
  server.on('error', () => {});
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  opening.defer(() => new Promise((resolve) => server.close(() => resolve())));
  const owned = opening.move();
  const { port } = server.server.address() as AddressInfo;
  return { port, ca, received, logins, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}
