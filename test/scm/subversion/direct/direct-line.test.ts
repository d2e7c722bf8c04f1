import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { Secret } from '../../../../src/domain/secret.ts';
import { type DirectLine, openDirectLine } from '../../../../src/scm/subversion/direct/direct-line.ts';
import type { Asked } from '../../../../src/scm/subversion/direct/direct-question.ts';
import { startApacheSubversion } from '../../../support/apache-subversion.ts';
import { startSubversion } from '../../../support/subversion.ts';
import { startSilentServer } from '../silent-server.ts';
import { startStallingProxy } from '../stalling-proxy.ts';
import { noStop, type SubversionUnderTest, subversionAt } from '../subversion-at.ts';
import { startBabblingServer, startWebServer } from './hostile-servers.ts';

const password = 'p w\'"$(x);中\\';

test('svnserve says where it stands without an svn process, to nobody and to an account', async () => {
  await using open = await startSubversion();
  await using closed = await startSubversion({ password });
  await open.commit({ files: { 'trunk/a.txt': 'a' } });
  await using asNobody = await subversionAt(open.root);
  await using asAccount = await subversionAt(closed.root, { password });
  await using notNeeded = await subversionAt(open.root, { password: 'nobody asks for it' });
  await prepare(asNobody, asAccount, notNeeded);
  using processes = countProcesses();

  const answers = [asNobody, asAccount, notNeeded].map(({ scm }) => scm.identify(noStop()));

  expect(await Promise.all(answers)).toEqual([
    { uuid: open.uuid, rootUrl: open.root, head: 1 },
    { uuid: closed.uuid, rootUrl: closed.root, head: 0 },
    { uuid: open.uuid, rootUrl: open.root, head: 1 },
  ]);
  expect(processes.count()).toBe(0);
});

test('Apache says where it stands without an svn process, over https with its own authority and over http', async () => {
  await using svn = await startSubversion();
  await svn.commit({ files: { 'trunk/a.txt': 'a' } });
  await using apache = await startApacheSubversion(svn.path, password);
  await using safe = await subversionAt(apache.root, { ca: apache.ca, password });
  await using plain = await subversionAt(apache.plainRoot, { password, allowedSchemes: ['http'] });
  await prepare(safe, plain);
  await apache.commit({ files: { 'trunk/a.txt': 'b' } });
  using processes = countProcesses();

  const answers = [safe, plain].map(({ scm }) => scm.identify(noStop()));

  expect(await Promise.all(answers)).toEqual([
    { uuid: svn.uuid, rootUrl: apache.root, head: 2 },
    { uuid: svn.uuid, rootUrl: apache.plainRoot, head: 2 },
  ]);
  expect(processes.count()).toBe(0);
});

test('a root that the account may not read is no answer, as it is none for svn', async () => {
  await using svn = await startSubversion({ password });
  const rules = '[/]\n* =\n[/trunk]\nci = r\n';
  await writeFile(join(svn.path, 'conf/authz'), rules);
  const access = ['anon-access = none', 'password-db = passwd', 'authz-db = authz', ''];
  await writeFile(join(svn.path, 'conf/svnserve.conf'), ['[general]', ...access].join('\n'));
  const ask = lineTo(asked(svn.root));

  expect(await ask(noStop())).toBeUndefined();
});

test('a root that takes a login is read with it, where others see less', async () => {
  await using svn = await startSubversion({ password });
  await writeFile(join(svn.path, 'conf/authz'), '[/]\nci = r\n[/public]\n* = r\n');
  const access = ['anon-access = read', 'password-db = passwd', 'authz-db = authz', ''];
  await writeFile(join(svn.path, 'conf/svnserve.conf'), ['[general]', ...access].join('\n'));
  const ask = lineTo(asked(svn.root));

  expect(await ask(noStop())).toEqual({ uuid: svn.uuid, head: 0 });
});

test('before svn has got through nothing is told without it', async () => {
  await using svn = await startSubversion();
  const line = openDirectLine(asked(svn.root));

  const before = await line.ask(noStop());
  line.trust();

  expect([before, await line.ask(noStop())]).toEqual([undefined, { uuid: svn.uuid, head: 0 }]);
});

test('after a wrong password svn alone is asked, so that no account is locked by twice as many attempts', async () => {
  await using svn = await startSubversion({ password });
  await using proxy = await startStallingProxy(svn.root);
  const ask = lineTo(asked(proxy.url, 'wrong'));

  const first = await ask(noStop());
  const received = proxy.received();
  const second = await ask(noStop());

  expect([first, second]).toEqual([undefined, undefined]);
  expect(received).toBeGreaterThan(0);
  expect(proxy.received()).toBe(received);
});

test.each([
  ['a string that does not end', '( success ( 99999:', 'x'],
  ['words without end', '', 'word '],
  ['one long word', '', 'word'],
  ['lists in lists', '', '( '],
  ['a list that does not end', '( success ( ', '1 '],
  ['zeros', '', '\0'],
  ['spaces', '', ' '],
])('a server that sends %s is given up, and fills no memory', async (_title, begin, goOn) => {
  await using server = await startBabblingServer(begin, goOn.repeat(1000));
  const ask = lineTo(asked(server.root));
  const began = performance.now();

  expect(await ask(noStop())).toBeUndefined();

  expect(performance.now() - began).toBeLessThan(4_000);
  expect(server.sent()).toBeLessThan(32 * 2 ** 20);
});

test('a server that says nothing is given up at the deadline, or when the signal aborts', async () => {
  await using server = await startSilentServer();
  const stop = new AbortController();
  const given = lineTo({ ...asked(server.root), deadlineMs: 100 })(noStop());
  const overHttp = asked(server.root.replace('svn:', 'http:'));
  const givenOverHttp = lineTo({ ...overHttp, deadlineMs: 100 })(noStop());
  const stopped = [asked(server.root), overHttp].map((one) => lineTo(one)(stop.signal));
  const endings = Promise.allSettled(stopped);

  expect(await Promise.all([given, givenOverHttp])).toEqual([undefined, undefined]);
  stop.abort('stopped');

  const rejected = { status: 'rejected', reason: 'stopped' };
  expect(await endings).toEqual([rejected, rejected]);
});

test('a server that sends elsewhere is not followed, and the password stays here', async () => {
  await using elsewhere = await startWebServer(200, {});
  await using server = await startWebServer(301, { location: elsewhere.root });
  const ask = lineTo(asked(server.root));

  expect(await ask(noStop())).toBeUndefined();
  expect([server.logins, elsewhere.logins]).toEqual([[undefined], []]);
});

test.each([
  ['Digest realm="shop", nonce="1", qop="auth"', 'another kind of login'],
  ['Basic realm="shop", Negotiate', 'a better kind of login'],
  ['', 'no kind of login'],
])('where the server asks for %j, %s, the password is not sent', async (wanted) => {
  await using server = await startWebServer(401, { 'www-authenticate': wanted });
  const ask = lineTo(asked(server.root));

  expect(await ask(noStop())).toBeUndefined();
  expect(server.logins).toEqual([undefined]);
});

test('what is no Subversion server, nobody at all, and other schemes leave the question to svn', async () => {
  await using web = await startWebServer(200, {});
  const roots = [web.root, web.root.replace('http:', 'svn:'), 'svn://127.0.0.1:1/shop'];
  const others = ['svn+ssh://127.0.0.1/shop', 'file:///shop'];

  const answers = [...roots, ...others].map((root) => lineTo({ ...asked(root), deadlineMs: 500 })(noStop()));

  expect(await Promise.all(answers)).toEqual(Array(5).fill(undefined));
});

/** As it is after svn has got through. */
function lineTo(to: Asked): DirectLine['ask'] {
  const line = openDirectLine(to);
  line.trust();
  return line.ask;
}

function asked(root: string, secret = password) {
  const credentials = { name: 'svn', username: 'ci', password: new Secret(secret) };
  return { root, credentials, ca: null, deadlineMs: 5_000 };
}

/** svn is asked first, by processes. */
async function prepare(...sources: SubversionUnderTest[]) {
  for (const { scm } of sources) await scm.identify(noStop());
}

/** Those that this process starts. */
function countProcesses() {
  let count = 0;
  const onProcess = () => {
    count += 1;
  };
  subscribe('child_process', onProcess);
  return { count: () => count, [Symbol.dispose]: () => void unsubscribe('child_process', onProcess) };
}
