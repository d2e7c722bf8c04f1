import { chmod, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pino } from 'pino';
import { expect, test } from 'vitest';
import { createRun } from '../../src/runs/create-run.ts';
import { createSubversion } from '../../src/scm/subversion/create-subversion.ts';
import { acceptHook } from '../../src/triggers/accept-hook.ts';
import { startEventWorker } from '../../src/triggers/event-worker.ts';
import { createIntake } from '../../src/triggers/intake.ts';
import { startWatchers } from '../../src/triggers/watchers.ts';
import { type HttpFixture, startHttp } from '../http/start-http.ts';
import { makeGitRepository } from '../support/git-repository.ts';
import { runCommand } from '../support/run-command.ts';
import { type Subversion, startSubversion } from '../support/subversion.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { waitFor } from '../support/wait-for.ts';
import { pipelineOf, shopRepository } from '../triggers/triggers-under-test.ts';
import { environmentFor } from './run-cli.ts';
import { runHere } from './run-here.ts';

const token = 'a-token-of-the-shop';

test('a hook is written with its settings, the token readable for its owner only, and once more without a change', async () => {
  await using subversion = await startSubversion();
  await using secrets = await temporaryFolder();
  const tokenFile = join(secrets.path, 'token');
  await writeFile(tokenFile, `${token}\n`);
  const install = [
    'hook',
    'install',
    subversion.path,
    '--url',
    'http://127.0.0.1:1',
    '--token-file',
    tokenFile,
  ];

  const first = await runHere(install);
  const again = await runHere(['hook', 'install', subversion.path]);

  expect(first).toMatchObject({ exitCode: 0, stderr: '' });
  expect(first.stdout).not.toContain(token);
  expect(again.stdout).toContain('post-commit is there already');
  for (const name of ['post-commit', 'post-revprop-change']) {
    expect((await stat(join(subversion.path, 'hooks', name))).mode & 0o777).toBe(0o755);
  }
  const header = join(subversion.path, 'conf/trunkline.header');
  expect(await readFile(header, 'utf8')).toBe(`Authorization: Bearer ${token}\n`);
  expect((await stat(header)).mode & 0o777).toBe(0o600);
});

test('a hook of somebody else stays as it is, exit code 1 says that a line is to be added, and with it commits are announced', async () => {
  await using subversion = await startSubversion();
  await subversion.commit({ files: { 'trunk/a': '1\n' } });
  await using http = await watchedShop(subversion);
  const environment = await environmentFor(http);
  const theirs = join(subversion.path, 'hooks/post-commit');
  await writeFile(theirs, '#!/bin/sh\necho theirs\n', { mode: 0o755 });
  await using secrets = await temporaryFolder();
  await writeFile(join(secrets.path, 'token'), token);
  const url = ['--url', environment.TRUNKLINE_URL, '--token-file', join(secrets.path, 'token')];

  const installed = await runHere(['hook', 'install', subversion.path, ...url]);
  const unchained = await runHere(['hook', 'test', subversion.path], environment);
  const line = /"\$1\/hooks\/trunkline-post-commit" "\$1" "\$2"/.exec(installed.stdout)?.[0];
  await writeFile(theirs, `#!/bin/sh\n${line}\necho theirs\n`);
  const tried = await runHere(['hook', 'test', subversion.path], environment);

  expect(installed.exitCode).toBe(1);
  expect(unchained).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('does not call') });
  expect(tried).toMatchObject({ exitCode: 0 });
  expect(tried.stdout).toContain('Works: Trunkline answered 202.');
  expect(tried.stdout).toMatch(/authenticated and stored: event [\w-]{36}\n/);
});

test('trying a hook ends with what each pipeline made of the revision', async () => {
  await using subversion = await startSubversion();
  await using http = await watchedShop(subversion);
  const environment = await environmentFor(http);
  await install(subversion, environment.TRUNKLINE_URL);
  await subversion.commit({ files: { 'trunk/a': '1\n' } });
  await waitFor(async () => (await http.db.selectFrom('run').select('id').execute()).length === 1, {
    what: 'the run of the commit, which its hook announced',
  });

  const tried = await runHere(['hook', 'test', subversion.path], environment);

  expect(tried).toMatchObject({ exitCode: 0, stderr: '' });
  expect(tried.stdout).toMatch(/svn-hook shop at r1.*: handled\n/);
  expect(tried.stdout).toContain('cart runs as ');
});

test('trying a hook says what is wrong and what to do', async () => {
  await using subversion = await startSubversion();
  await using http = await watchedShop(subversion);
  const environment = await environmentFor(http);
  const hook = join(subversion.path, 'hooks/post-commit');
  const header = join(subversion.path, 'conf/trunkline.header');
  const tryOut = async () => {
    const { exitCode, stderr } = await runHere(['hook', 'test', subversion.path], environment);
    return `${exitCode} ${stderr}`;
  };

  const missing = await tryOut();
  await install(subversion, environment.TRUNKLINE_URL);
  await chmod(hook, 0o644);
  const asleep = await tryOut();
  await chmod(hook, 0o755);
  await writeFile(header, 'Authorization: Bearer wrong\n');
  const refused = await tryOut();
  await chmod(header, 0o644);
  const readable = await tryOut();
  const none = await runHere(['hook', 'test', '/nowhere'], environment);

  expect(missing).toMatch(/^1 .*There is no hook.*\n.*trunkline hook install/);
  expect(asleep).toMatch(/^1 .*not executable.*\n.*chmod 755/);
  expect(refused).toMatch(/^1 .*[\s\S]*Refused \(401\)/);
  expect(readable).toContain(`chmod 600 ${header}`);
  expect(none.exitCode).toBe(2);
});

test('a Git hook is installed, and from inside a hook of somebody else both see what was pushed', async () => {
  await using git = await makeGitRepository();
  const folder = git.path;
  const theirs = join(folder, 'hooks/post-receive');
  await writeFile(theirs, '', { mode: 0o755 });
  const named = ['--url', 'http://127.0.0.1:1', '--name', 'web'];

  const installed = await runHere(['hook', 'install', folder, ...named]);
  const called = join(folder, 'hooks/trunkline-post-receive');
  await writeFile(called, '#!/bin/sh\ncat >ours.txt\n');
  const lines = installed.stdout.split('\n').filter((line) => line.startsWith('  '));
  const chain = lines.map((line) => line.slice(2)).join('\n');
  await writeFile(theirs, `#!/bin/sh\n${chain}\ncat >theirs.txt\n`);
  await runCommand('sh', [
    '-c',
    `cd "$1" && printf 'a b refs/heads/x\\nc d refs/heads/y\\n' | "$2"`,
    'sh',
    folder,
    theirs,
  ]);

  expect(installed.exitCode).toBe(1);
  for (const name of ['ours.txt', 'theirs.txt']) {
    expect(await readFile(join(folder, name), 'utf8')).toBe('a b refs/heads/x\nc d refs/heads/y\n');
  }
});

test.each([
  ['--name', 'my web', '--name is not the name of a repository: "my web"'],
  ['--token-file', '/nowhere/token', 'Cannot read /nowhere/token (ENOENT)'],
  ['--url', 'ci.example.com', '--url is not the address of a server'],
  ['--url', 'https://ci.example.com/hooks/git', '--url is a path of the server, not its address'],
])('a hook with %s %s is not installed, and nothing of it is written', async (option, value, why) => {
  await using git = await makeGitRepository();

  const given = { '--url': 'https://ci.example.com', '--name': 'web', [option]: value };
  const refused = await runHere(['hook', 'install', git.path, ...Object.entries(given).flat()]);

  expect(refused).toMatchObject({ exitCode: 2, stderr: expect.stringContaining(why) });
  expect((await readdir(git.path)).filter((name) => name.startsWith('trunkline.'))).toEqual([]);
});

test('what is to be typed next works for a folder with blanks and quotation marks in its name', async () => {
  await using folder = await temporaryFolder();
  const path = join(folder.path, "ann's shop");
  await runCommand('svnadmin', ['create', path]);

  const { stdout } = await runHere(['hook', 'install', path, '--url', 'https://ci.example.com']);

  const [, next = ''] = /^Try it: trunkline hook test (.*)$/m.exec(stdout) ?? [];
  expect(await runCommand('sh', ['-c', `printf %s ${next}`])).toBe(path);
});

test('without a repository the script is printed, for each kind of server', async () => {
  const svn = await runHere(['hook', 'install', '--kind', 'svn']);
  const windows = await runHere(['hook', 'install', '--kind', 'windows']);

  expect(svn.stdout).toBe(await readFile(join(import.meta.dirname, '../../hooks/svn-post-commit'), 'utf8'));
  expect(windows.stderr).toContain('For hooks/post-commit.cmd:');
  expect(windows.stdout).toContain('trunkline-hook.ps1');
});

/** The HTTP face with a watcher of this repository behind it, and a pipeline that runs for every commit. */
async function watchedShop(subversion: Subversion): Promise<HttpFixture> {
  const repository = shopRepository({ subversion });
  const repositories = { shop: repository };
  let announce: Parameters<typeof acceptHook>[0]['announce'] = () => {};
  const http: HttpFixture = await startHttp({
    acceptHook: (hook) =>
      acceptHook(
        { db: http.db, intake: createIntake(http.db), repositories, announce: (it) => announce(it) },
        hook,
      ),
  });
  const stack = new AsyncDisposableStack();
  stack.use(http);
  const state = stack.use(await temporaryFolder());
  const logger = pino({ level: 'silent' });
  const scm = createSubversion({ repository, stateDir: state.path });
  const watchers = stack.use(
    await startWatchers({
      db: http.db,
      repositories,
      sourceControlOf: () => scm,
      catalogue: () => [pipelineOf('cart')],
      createRun,
      deliverRun: async () => {},
      owner: 'test',
      logger,
    }),
  );
  await watchers.haveLooked;
  const events = stack.use(await startEventWorker({ store: http.store, watchers, logger }));
  announce = (it) => events.announce(it);
  return { ...http, [Symbol.asyncDispose]: () => stack.disposeAsync() };
}

async function install(subversion: Subversion, url: string): Promise<void> {
  await using secrets = await temporaryFolder();
  await writeFile(join(secrets.path, 'token'), token);
  const options = ['--url', url, '--token-file', join(secrets.path, 'token')];
  expect(await runHere(['hook', 'install', subversion.path, ...options])).toMatchObject({ exitCode: 0 });
}
