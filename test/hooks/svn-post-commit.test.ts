import { chmod, copyFile, readFile, writeFile } from 'node:fs/promises';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import { freePort } from '../support/free-port.ts';
import { runCommand } from '../support/run-command.ts';
import { type Subversion, startSubversion } from '../support/subversion.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { waitFor } from '../support/wait-for.ts';

const script = join(import.meta.dirname, '../../hooks/svn-post-commit');
const token = 'a-secret-token';

type Delivery = { url: string | undefined; headers: IncomingHttpHeaders; body: string };

/** Answers with the statuses given, then with 202. */
async function startListener(port: number, statuses: number[] = [], answer = '{"event":"1"}') {
  const deliveries: Delivery[] = [];
  const server = createServer(async (request, response) => {
    deliveries.push({ url: request.url, headers: request.headers, body: await text(request) });
    response.writeHead(statuses.shift() ?? 202).end(answer);
  });
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  return {
    deliveries,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function installHook(subversion: Subversion, address: string, hook = 'post-commit'): Promise<string> {
  const installed = join(subversion.path, 'hooks', hook);
  await copyFile(script, installed);
  await chmod(installed, 0o755);
  await writeFile(join(subversion.path, 'conf/trunkline.url'), `${address}\n`);
  const header = join(subversion.path, 'conf/trunkline.header');
  await writeFile(header, `Authorization: Bearer ${token}\n`, { mode: 0o600 });
  return installed;
}

/** Commits through svnserve with the client, as people do; the server runs the hook. */
async function commit(subversion: Subversion): Promise<{ printed: string; ms: number }> {
  await using scratch = await temporaryFolder();
  const file = join(scratch.path, 'file');
  await writeFile(file, `${Math.random()}`);
  const begin = performance.now();
  const printed = await runCommand('sh', [
    '-c',
    'svnmucc --non-interactive --config-dir "$1" -m change --root-url "$2" put "$3" file.txt 2>&1',
    ...['sh', scratch.path, subversion.root, file],
  ]);
  return { printed, ms: performance.now() - begin };
}

test('a real commit posts the UUID and the revision with the token, from an empty environment', async () => {
  await using subversion = await startSubversion();
  const port = await freePort();
  await using listener = await startListener(port);
  await installHook(subversion, `http://127.0.0.1:${port}/`);

  const { printed } = await commit(subversion);
  const [delivery] = await waitFor(() => listener.deliveries.length > 0 && listener.deliveries, {
    what: 'the hook',
  });

  expect(delivery?.url).toBe('/hooks/svn');
  expect(delivery?.headers).toMatchObject({
    authorization: `Bearer ${token}`,
    'content-type': 'application/json',
  });
  expect(JSON.parse(delivery?.body ?? '')).toEqual({ uuid: subversion.uuid, revision: 1, kind: 'commit' });
  expect(printed).not.toContain('Warning');
});

test('a commit is not held up by a server that is down, takes no connection or never answers', async () => {
  await using subversion = await startSubversion();
  const port = await freePort();
  const silent = createServer(() => {});
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
  const address = silent.address();
  const silentPort = typeof address === 'object' ? address?.port : 0;
  const without = await fastestCommitMs(subversion);

  const withHook: number[] = [];
  for (const host of [`127.0.0.1:${port}`, '192.0.2.1', `127.0.0.1:${silentPort}`]) {
    const installed = await installHook(subversion, `http://${host}`);
    // One attempt does, so that none is under way long after the test.
    await writeFile(installed, (await readFile(installed, 'utf8')).replace('0 1 5 20', '0'));
    withHook.push(await fastestCommitMs(subversion));
  }
  silent.closeAllConnections();
  silent.close();

  for (const ms of withHook) expect(ms - without).toBeLessThan(1_500);
});

test('a server that is away for a moment gets the hook a little later', async () => {
  await using subversion = await startSubversion();
  const port = await freePort();
  await using listener = await startListener(port, [503]);
  await installHook(subversion, `http://127.0.0.1:${port}`);

  await commit(subversion);
  await waitFor(() => listener.deliveries.length === 2, { what: 'the second attempt' });

  expect(listener.deliveries[1]?.body).toBe(listener.deliveries[0]?.body);
});

test('installed as post-revprop-change, it announces a changed property', async () => {
  await using subversion = await startSubversion();
  const port = await freePort();
  await using listener = await startListener(port);
  await installHook(subversion, `http://127.0.0.1:${port}`, 'post-revprop-change');
  await writeFile(join(subversion.path, 'hooks/pre-revprop-change'), '#!/bin/sh\n', { mode: 0o755 });

  await runCommand('svn', ['propset', '--revprop', '-r', '0', 'svn:log', 'corrected', subversion.root]);
  const [delivery] = await waitFor(() => listener.deliveries.length > 0 && listener.deliveries, {
    what: 'the hook',
  });

  expect(JSON.parse(delivery?.body ?? '')).toEqual({ uuid: subversion.uuid, revision: 0, kind: 'revprop' });
});

test('without curl, wget delivers the same, with the token out of its arguments', async () => {
  await using subversion = await startSubversion();
  const port = await freePort();
  await using listener = await startListener(port);
  const installed = await installHook(subversion, `http://127.0.0.1:${port}`);
  await using tools = await temporaryFolder();
  for (const tool of ['svnlook', 'find', 'sed', 'grep', 'timeout', 'mktemp', 'rm']) {
    await writeFile(join(tools.path, tool), `#!/bin/sh\nexec /usr/bin/${tool} "$@"\n`, { mode: 0o755 });
  }
  const recorder = `#!/bin/sh\necho "$@" >"${tools.path}/arguments"\nexec /usr/bin/wget "$@"\n`;
  await writeFile(join(tools.path, 'wget'), recorder, { mode: 0o755 });
  const source = await readFile(installed, 'utf8');
  await writeFile(installed, source.replace(/^PATH=.*$/m, `PATH=${tools.path}`));

  const printed = await runCommand(installed, ['--test', subversion.path]);

  expect(printed).toContain('Works: Trunkline answered 202.');
  expect(listener.deliveries[0]?.headers.authorization).toBe(`Bearer ${token}`);
  expect(listener.deliveries[0]?.body).toContain(subversion.uuid);
  expect(await readFile(join(tools.path, 'arguments'), 'utf8')).not.toContain(token);
});

test.each([
  { status: 202, message: 'Works: Trunkline answered 202.', exitCode: 0 },
  { status: 200, message: 'Works: Trunkline answered 200.', exitCode: 0 },
  { status: 401, message: 'Refused (401)', exitCode: 1 },
  { status: 500, message: 'Failed: Trunkline answered 500.', exitCode: 1 },
])('--test says what an answer of $status means', async ({ status, message, exitCode }) => {
  await using subversion = await startSubversion();
  const port = await freePort();
  await using _listener = await startListener(port, [status]);
  await installHook(subversion, `http://127.0.0.1:${port}`);

  expect(await tryOut(subversion)).toEqual({ exitCode, printed: expect.stringContaining(message) });
});

test.each([
  { status: 200, message: 'Not Trunkline: something else answered 200.' },
  { status: 301, message: 'Sent elsewhere (301): write the address that it leads to' },
])('--test knows an answer of $status that is not of Trunkline', async ({ status, message }) => {
  await using subversion = await startSubversion();
  const port = await freePort();
  await using _listener = await startListener(port, [status], '<html>Welcome</html>');
  await installHook(subversion, `http://127.0.0.1:${port}`);

  expect(await tryOut(subversion)).toEqual({ exitCode: 1, printed: expect.stringContaining(message) });
});

test('--test finds a missing address, a readable token, and a server that is not there', async () => {
  await using subversion = await startSubversion();
  const header = join(subversion.path, 'conf/trunkline.header');
  const missing = await tryOut(subversion);
  await installHook(subversion, `http://127.0.0.1:${await freePort()}`);
  const away = await tryOut(subversion);
  await chmod(header, 0o644);

  const readable = await tryOut(subversion);

  expect(missing).toEqual({ exitCode: 1, printed: expect.stringContaining('trunkline.url is missing') });
  expect(away).toEqual({ exitCode: 1, printed: expect.stringContaining('No answer') });
  expect(readable).toEqual({ exitCode: 1, printed: expect.stringContaining(`chmod 600 ${header}`) });
});

async function tryOut(subversion: Subversion): Promise<{ exitCode: number; printed: string }> {
  const command = '"$1" --test "$2" 2>&1; echo "exit $?"';
  const printed = await runCommand('sh', ['-c', command, 'sh', script, subversion.path]);
  return { exitCode: Number(/exit (\d+)$/.exec(printed.trim())?.[1]), printed };
}

/** What a hook adds is in every commit; what a busy machine adds is least in the fastest. */
async function fastestCommitMs(subversion: Subversion): Promise<number> {
  const times: number[] = [];
  for (let count = 0; count < 5; count += 1) times.push((await commit(subversion)).ms);
  return Math.min(...times);
}
