import { access, constants } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import type { Tools } from '../setup/run-tool.ts';

/** A Debian package that the demo needs, what for, and whether Debian starts it as a service of the machine. */
export interface Need {
  package: string;
  why: string;
  isService: boolean;
}

export interface Wanted {
  /** Whether an engine that answers is there already. */
  engine: boolean;
  /** Whether a registry is named already. */
  registry: boolean;
}

interface Requirement extends Need {
  isThere(machine: Machine): Promise<boolean>;
}

interface Machine {
  path: string;
  tools: Tools;
}

/** What is missing on this machine, besides what is there already. */
export async function missingPackages(machine: Machine, there: Wanted): Promise<Need[]> {
  const requirements = [
    ...(there.engine ? [] : engineRequirements),
    ...(there.registry ? [] : [registry]),
    ...always,
  ];
  const found = await Promise.all(requirements.map((requirement) => requirement.isThere(machine)));
  return requirements.filter((_, index) => !found[index]);
}

const engineRequirements: Requirement[] = [
  { ...programs('docker.io', ['dockerd', 'containerd', 'runc']), why: engineReason(), isService: true },
  { ...programs('iptables', ['iptables']), why: 'how the engine leads connections to containers' },
  { ...programs('iproute2', ['ip']), why: 'the network between this machine and the engine' },
];

const registry: Requirement = {
  ...programs('docker-registry', ['docker-registry']),
  why: 'the image registry between building and running',
  isService: true,
};

const always: Requirement[] = [
  {
    ...programs('subversion', ['svn', 'svnadmin', 'svnlook', 'svnserve']),
    why: 'the repository, its server, and the svn client',
  },
  {
    ...programs('curl', ['curl']),
    why: 'what the post-commit hook sends its message with',
    isThere: async ({ path }) => (await isOnPath(path, 'curl')) || isOnPath(path, 'wget'),
  },
  {
    ...programs('busybox-static', ['busybox']),
    why: 'the one program in the base image: nothing is pulled from anywhere',
    // ldd fails for a program that needs no libraries; the ordinary busybox would find none in its image.
    isThere: ({ path, tools }) => isOnPath(path, 'busybox').then((there) => there && isStatic(tools, path)),
  },
];

function engineReason(): string {
  return 'the Docker engine that builds, runs and (as a swarm) deploys';
}

function programs(name: string, commands: string[]): Requirement {
  return {
    package: name,
    why: '',
    isService: false,
    isThere: async ({ path }) => {
      const found = await Promise.all(commands.map((command) => isOnPath(path, command)));
      return !found.includes(false);
    },
  };
}

async function isStatic(tools: Tools, path: string): Promise<boolean> {
  const file = await find(path, 'busybox');
  return tools({ what: 'Looking at busybox', command: 'ldd', args: [file ?? ''] }).then(
    () => false,
    () => true,
  );
}

async function isOnPath(path: string, command: string): Promise<boolean> {
  return (await find(path, command)) !== undefined;
}

/** Where a command is. */
export async function find(path: string, command: string): Promise<string | undefined> {
  for (const folder of path.split(delimiter)) {
    const file = join(folder, command);
    const canRun = await access(file, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (canRun) return file;
  }
  return undefined;
}
