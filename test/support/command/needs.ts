import { access, constants } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { missingBinaries } from '../cluster/kubernetes-binaries.ts';
import { runCommand } from '../run-command.ts';

export type Suite = 'fast' | 'all' | 'soak';

/** A Debian package that the tests need, what for, and whether Debian starts it as a service of the machine. */
export type Need = { package: string; why: string; isService?: boolean };

type Requirement = Need & { isThere: () => Promise<boolean> };

/** The packages that are missing on this machine for this suite. */
export async function missingPackages(suite: Suite): Promise<Need[]> {
  const requirements = [...services, ...(needsOwnCluster(suite) ? await clusterRequirements() : [])];
  if (suite !== 'fast') requirements.push(...containers, ...browser);
  if (suite === 'soak') requirements.push(...clock);
  const there = await Promise.all(requirements.map((requirement) => requirement.isThere()));
  return requirements.filter((_, index) => !there[index]);
}

/** Whether the suite runs pods, on a cluster that nobody has named. */
export function needsOwnCluster(suite: Suite): boolean {
  return suite !== 'fast' && process.env.TRUNKLINE_TEST_KUBECONFIG === undefined;
}

const services: Requirement[] = [
  program('svnserve', 'subversion', 'a Subversion server to commit to, and the svn client'),
  service('apache2', 'apache2', 'Subversion over https'),
  {
    package: 'libapache2-mod-svn',
    why: 'Subversion over https',
    isThere: () => canUse('/usr/lib/apache2/modules/mod_dav_svn.so', constants.R_OK),
  },
  service('sshd', 'openssh-server', 'Subversion over ssh'),
  program('ssh-keygen', 'openssh-client', 'Subversion over ssh'),
  program('openssl', 'openssl', 'certificates of servers that end with their test'),
  program('git', 'git', 'Git repositories, over http and ssh too'),
  program('git-lfs', 'git-lfs', 'large files in Git repositories'),
  service('redis-server', 'redis-server', 'the queue on Redis'),
  service('docker-registry', 'docker-registry', 'an image registry to push to'),
  service('prometheus', 'prometheus', 'a Prometheus that answers the gates of deploy steps'),
  program('curl', 'curl', 'what the Subversion hook sends its message with'),
];

const containers: Requirement[] = [
  program('kubectl', 'kubernetes-client', 'the Kubernetes client'),
  service('dockerd', 'docker.io', 'a Docker engine that builds and runs images'),
  program('ip', 'iproute2', 'the network of a second Docker engine, and networks that lose packets'),
  {
    package: 'busybox-static',
    why: 'the one program in the base image of the tests: nothing is pulled',
    // The ordinary busybox needs libraries, which that image has not.
    isThere: () => isInstalled('busybox-static'),
  },
  program('docker-compose', 'docker-compose', 'the stack of docker-compose.yml'),
  program('mmdebstrap', 'mmdebstrap', 'images of the names that the stack uses, made of Debian packages'),
];

const browser: Requirement[] = [
  program('chromium', 'chromium', 'a browser to look at the page with'),
  {
    package: 'fonts-noto-cjk',
    why: 'Chinese on the page',
    isThere: () => isInstalled('fonts-noto-cjk'),
  },
];

const clock: Requirement[] = [
  { package: 'libfaketime', why: 'a clock that jumps', isThere: () => isInstalled('libfaketime') },
];

async function clusterRequirements(): Promise<Requirement[]> {
  const node = [
    service('etcd', 'etcd-server', "the Kubernetes cluster's database"),
    program('iptables', 'iptables', 'how kube-proxy leads connections to pods'),
    program('conntrack', 'conntrack', 'how kube-proxy forgets connections to dead pods'),
  ];
  return (await missingBinaries()).length === 0 ? node : [...node, ...buildRequirements];
}

const buildRequirements: Requirement[] = [
  'golang-go',
  'golang-github-modern-go-reflect2-dev',
  'dpkg-dev',
  'gcc',
  'jq',
  'libc6-dev',
  'make',
  'rsync',
].map((name) => ({ package: name, why: 'to build Kubernetes', isThere: () => isInstalled(name) }));

function program(command: string, name: string, why: string): Requirement {
  return { package: name, why, isThere: () => isOnPath(command) };
}

function service(command: string, name: string, why: string): Requirement {
  return { ...program(command, name, why), isService: true };
}

async function isOnPath(command: string): Promise<boolean> {
  const folders = (process.env.PATH ?? '').split(delimiter);
  const found = await Promise.all(folders.map((folder) => canUse(join(folder, command), constants.X_OK)));
  return found.includes(true);
}

function canUse(path: string, mode: number): Promise<boolean> {
  return access(path, mode).then(
    () => true,
    () => false,
  );
}

function isInstalled(name: string): Promise<boolean> {
  return runCommand('dpkg-query', ['--show', '--showformat=${db:Status-Status}', name]).then(
    (status) => status === 'installed',
    () => false,
  );
}
