import { chmod, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { canConnect } from './can-connect.ts';
import { type Certificate, letExpire, makeCertificate } from './certificate.ts';
import { freePort } from './free-port.ts';
import { runCommand } from './run-command.ts';
import { startServerProcess } from './server-process.ts';
import { type Commit, commitTo } from './subversion.ts';
import { temporaryFolder } from './temporary-folder.ts';

export type ApacheSubversion = AsyncDisposable & {
  /** https://127.0.0.1:PORT/svn/shop, whose certificate only `ca` vouches for. */
  root: string;
  /** http://127.0.0.1:PORT/svn/shop */
  plainRoot: string;
  /** PEM file of the authority. */
  ca: string;
  username: string;
  /** Commits to the copy, straight on disk. Returns the revision. */
  commit(commit: Commit): Promise<number>;
};

export interface ApacheOptions {
  /** Text of an authz file; absent: the account may read everything. */
  authz?: string;
  /** PEM file: only whoever has a certificate that it vouches for is let in over https. */
  clientCa?: string;
  /** What its certificate is made out to. Default: its own address. */
  name?: string;
  /** Its certificate was valid in 2020 only. */
  isExpired?: boolean;
}

const modules = [
  ...['mpm_event', 'unixd', 'ssl', 'dav', 'dav_svn'],
  ...['authn_core', 'authn_file', 'authz_core', 'authz_user', 'auth_basic', 'authz_svn'],
];

/** A real Apache with mod_dav_svn on loopback that serves a copy of a repository, to one account only. */
export async function startApacheSubversion(
  repository: string,
  password: string,
  { authz, clientCa, name, isExpired = false }: ApacheOptions = {},
): Promise<ApacheSubversion> {
  const folder = await temporaryFolder();
  const [port, plainPort, username] = [await freePort(), await freePort(), 'ci'];
  const certificate = await makeCertificate(folder.path, name);
  if (isExpired) await letExpire(certificate);
  const copy = join(folder.path, 'shop');
  await runCommand('svnadmin', ['hotcopy', repository, copy]);
  const passwords = join(folder.path, 'passwords');
  await runCommand('htpasswd', ['-bc', passwords, username, password]);
  const configuration = join(folder.path, 'apache.conf');
  const rules = authz === undefined ? undefined : join(folder.path, 'authz');
  if (rules !== undefined) await writeFile(rules, authz ?? '');
  const places = { folder: folder.path, passwords, certificate, copy, rules, clientCa };
  await writeFile(configuration, await serverConfiguration({ port, plainPort, ...places }));
  await letServerRead(folder.path);
  const server = await startServerProcess({
    name: 'apache2',
    command: 'apache2',
    args: ['-D', 'FOREGROUND', '-f', configuration],
    isReady: () => canConnect(port),
  });
  const owned = new AsyncDisposableStack();
  owned.use(folder);
  owned.use(server);
  return {
    root: `https://127.0.0.1:${port}/svn/shop`,
    plainRoot: `http://127.0.0.1:${plainPort}/svn/shop`,
    ca: certificate.certificate,
    username,
    commit: (commit) => commitTo(copy, commit),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

type Configuration = {
  port: number;
  plainPort: number;
  folder: string;
  passwords: string;
  certificate: Certificate;
  copy: string;
  rules: string | undefined;
  clientCa: string | undefined;
};

async function serverConfiguration(wanted: Configuration): Promise<string> {
  const installed = await readdir('/usr/lib/apache2/modules');
  const loaded = modules.filter((name) => installed.includes(`mod_${name}.so`));
  return [
    ...[`ServerRoot ${wanted.folder}`, 'ServerName 127.0.0.1', `PidFile ${wanted.folder}/pid`],
    ...[`Mutex file:${wanted.folder}`, `ErrorLog ${wanted.folder}/error.log`],
    ...loaded.map((name) => `LoadModule ${name}_module /usr/lib/apache2/modules/mod_${name}.so`),
    ...(process.getuid?.() === 0 ? ['User www-data', 'Group www-data'] : []),
    ...[`Listen 127.0.0.1:${wanted.port}`, `Listen 127.0.0.1:${wanted.plainPort}`],
    '<Location /svn/shop>',
    ...['DAV svn', `SVNPath ${wanted.copy}`, 'AuthType Basic', 'AuthName shop', 'Require valid-user'],
    `AuthUserFile ${wanted.passwords}`,
    ...(wanted.rules === undefined ? [] : [`AuthzSVNAccessFile ${wanted.rules}`]),
    '</Location>',
    `<VirtualHost 127.0.0.1:${wanted.port}>`,
    ...['SSLEngine on', `SSLCertificateFile ${wanted.certificate.certificate}`],
    `SSLCertificateKeyFile ${wanted.certificate.key}`,
    ...(wanted.clientCa === undefined
      ? []
      : ['SSLVerifyClient require', `SSLCACertificateFile ${wanted.clientCa}`]),
    ...['</VirtualHost>', ''],
  ].join('\n');
}

/** Apache, when root starts it, serves as an account without rights. */
async function letServerRead(folder: string): Promise<void> {
  if (process.getuid?.() !== 0) return;
  await chmod(folder, 0o711);
  await runCommand('chown', ['-R', 'www-data:www-data', join(folder, 'shop'), join(folder, 'passwords')]);
}
