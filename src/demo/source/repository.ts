import { access, chmod, copyFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Daemons, RunningDaemon } from '../setup/daemons.ts';
import type { DemoFolder } from '../setup/demo-folder.ts';
import { accepts } from '../setup/ports.ts';
import type { Tools } from '../setup/run-tool.ts';

/** The account of the repository. */
export const svnUser = 'demo';

export interface Repository extends RunningDaemon {
  url: string;
  /** On disk. */
  path: string;
}

export interface RepositorySetting {
  folder: DemoFolder;
  port: number;
  password: string;
  daemons: Daemons;
  tools: Tools;
}

/** Makes the repository when it is not there yet, and serves it with svnserve to whoever has the password. */
export async function openRepository(
  { folder, port, password, daemons, tools }: RepositorySetting,
  signal: AbortSignal,
): Promise<Repository> {
  const path = folder.at('repository');
  const isThere = await access(join(path, 'format')).then(
    () => true,
    () => false,
  );
  const create = { what: 'Making the repository', command: 'svnadmin', args: ['create', path], signal };
  if (!isThere) await tools(create);
  await writeFile(join(path, 'conf/svnserve.conf'), accessRules);
  await writeFile(join(path, 'conf/passwd'), `[users]\n${svnUser} = ${password}\n`, { mode: 0o600 });
  const daemon = await daemons.start(
    {
      name: 'svnserve',
      command: 'svnserve',
      args: [
        ...['--daemon', '--foreground', '--root', folder.path],
        ...['--listen-host', '127.0.0.1', '--listen-port', String(port)],
      ],
      isReady: () => accepts(port),
    },
    signal,
  );
  return { ...daemon, path, url: `svn://127.0.0.1:${port}/repository` };
}

/** What svn keeps passwords under. */
export const realm = 'Trunkline demo';

const accessRules = `[general]
anon-access = none
auth-access = write
password-db = passwd
realm = ${realm}
`;

/** Installs the post-commit hook as `hooks/README.md` says. */
export async function installHook(
  repository: string,
  { hook, url, token }: { hook: string; url: string; token: string },
): Promise<void> {
  const installed = join(repository, 'hooks/post-commit');
  await copyFile(hook, installed);
  await chmod(installed, 0o755);
  await writeFile(join(repository, 'conf/trunkline.url'), `${url}\n`);
  await writeFile(join(repository, 'conf/trunkline.header'), `Authorization: Bearer ${token}\n`, {
    mode: 0o600,
  });
}
