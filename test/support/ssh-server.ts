import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { canConnect } from './can-connect.ts';
import { freePort } from './free-port.ts';
import { runCommand } from './run-command.ts';
import { startServerProcess } from './server-process.ts';
import { temporaryFolder } from './temporary-folder.ts';

export type SshServer = AsyncDisposable & {
  port: number;
  /** The account that may log in: the one the tests run under. */
  username: string;
  /** Private key of that account. */
  key: string;
  /** Names the server's own key. */
  knownHosts: string;
};

/** A real sshd on loopback that lets one key run one command, whatever it asks for. */
export async function startSshServer({ command: allowed }: { command: string }): Promise<SshServer> {
  const folder = await temporaryFolder();
  const port = await freePort();
  const key = await makeKey(folder.path, 'client');
  const hostKey = await makeKey(folder.path, 'host');
  const authorizedKeys = join(folder.path, 'authorized_keys');
  const knownHosts = join(folder.path, 'known_hosts');
  const command = `command="${allowed}",restrict`;
  await writeFile(authorizedKeys, `${command} ${await readFile(`${key}.pub`, 'utf8')}`);
  await writeFile(knownHosts, `[127.0.0.1]:${port} ${await readFile(`${hostKey}.pub`, 'utf8')}`);
  const configuration = join(folder.path, 'sshd_config');
  await writeFile(configuration, serverConfiguration({ port, hostKey, authorizedKeys }));
  // sshd run by root refuses to start without this folder, which its package makes at boot only.
  if (process.getuid?.() === 0) await mkdir('/run/sshd', { recursive: true, mode: 0o755 });
  const server = await startServerProcess({
    name: 'sshd',
    command: '/usr/sbin/sshd',
    args: ['-D', '-e', '-f', configuration],
    isReady: () => canConnect(port),
  });
  const owned = new AsyncDisposableStack();
  owned.use(folder);
  owned.use(server);
  return {
    port,
    username: userInfo().username,
    key,
    knownHosts,
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

async function makeKey(folder: string, name: string): Promise<string> {
  const path = join(folder, name);
  await runCommand('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', name, '-f', path]);
  return path;
}

type Configuration = { port: number; hostKey: string; authorizedKeys: string };

function serverConfiguration({ port, hostKey, authorizedKeys }: Configuration): string {
  return [
    ...['ListenAddress 127.0.0.1', `Port ${port}`, `HostKey ${hostKey}`, 'PidFile none'],
    ...[`AuthorizedKeysFile ${authorizedKeys}`, 'StrictModes no', 'UsePAM no'],
    ...['PasswordAuthentication no', 'PermitRootLogin prohibit-password', ''],
  ].join('\n');
}
