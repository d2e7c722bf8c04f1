import { access, mkdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { stateFolder } from '../cluster/state-folder.ts';
import { runCommand } from '../run-command.ts';

/** What all stand-ins are made of: what the Dockerfile installs, and the three servers of docker-compose.yml. */
const packages = [
  ...['ca-certificates', 'git', 'openssh-client', 'subversion', 'tini'],
  ...['postgresql', 'redis-server', 'docker-registry'],
];

/** Nobody reads or needs it, and it is half of the whole. */
const ballast = [
  ...['usr/share/doc', 'usr/share/man', 'usr/share/locale', 'usr/lib/*/libLLVM*'],
  ...['usr/lib/postgresql/*/lib/llvmjit*', 'usr/lib/postgresql/*/lib/bitcode'],
];

/** A tar of a small Debian with these packages, made once (a minute) and kept beside the state of test runs. */
export async function debianTree(): Promise<string> {
  const folder = join(stateFolder(), 'stand-ins');
  const tree = join(folder, 'debian-1.tar');
  if (await isThere(tree)) return tree;
  await mkdir(folder, { recursive: true });
  const draft = `${tree}.${process.pid}`;
  try {
    await runCommand(
      'mmdebstrap',
      [
        ...[
          '--mode=root',
          '--format=tar',
          '--variant=minbase',
          '--dpkgopt=force-unsafe-io',
          `--include=${packages.join()}`,
        ],
        `--customize-hook=cd "$1" && rm -rf ${ballast.join(' ')}`,
        ...['bookworm', draft, await mirror()],
      ],
      { deadlineMs: 900_000 },
    );
    await rename(draft, tree);
  } finally {
    await rm(draft, { force: true });
  }
  return tree;
}

/** Where this machine gets its own packages from. */
async function mirror(): Promise<string> {
  const format = '$(REPO_URI) $(COMPONENT)';
  const listed = await runCommand('apt-get', ['indextargets', '--format', format, 'Created-By: Packages']);
  const first = listed.split('\n').find((line) => line.endsWith(' main'));
  if (first === undefined) throw new Error('apt-get knows no Debian archive on this machine');
  return first.split(' ')[0] ?? '';
}

async function isThere(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
