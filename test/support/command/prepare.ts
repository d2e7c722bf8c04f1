import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { stdin, stdout } from 'node:process';
import { createInterface } from 'node:readline/promises';
import { buildKubernetes, missingBinaries } from '../cluster/kubernetes-binaries.ts';
import { kubernetesBinaries } from '../cluster/state-folder.ts';
import { missingPackages, type Need, needsOwnCluster, type Suite } from './needs.ts';

export type Preparation = { suite: Suite; assumeYes: boolean; signal: AbortSignal };

/**
 * Gives the machine what the suite needs: says what and why, asks (not under CI, nor without a terminal), installs
 * Debian packages, builds Kubernetes once. Returns false when the answer was no.
 */
export async function prepareMachine({ suite, assumeYes, signal }: Preparation): Promise<boolean> {
  const packages = await missingPackages(suite);
  const mustBuild = needsOwnCluster(suite) && (await missingBinaries()).length > 0;
  if (packages.length === 0 && !mustBuild) return true;
  stdout.write(announcement(packages, mustBuild));
  if (packages.length > 0) refuseWithoutRoot(packages);
  if (!assumeYes && !process.env.CI && stdin.isTTY && !(await confirm())) return false;
  if (packages.length > 0) await install(packages);
  if (mustBuild) await buildKubernetes(signal);
  return true;
}

function announcement(packages: Need[], mustBuild: boolean): string {
  const width = Math.max(...packages.map((need) => need.package.length), 0);
  const lines = ['The tests run on real services. Missing on this machine:', ''];
  for (const need of packages) lines.push(`  ${need.package.padEnd(width)}  ${need.why}`);
  const services = packages.filter((need) => need.isService).map((need) => need.package);
  if (packages.length > 0) lines.push('', 'They will be installed with apt-get.');
  if (services.length > 0) {
    lines.push(`Debian starts these as services of the machine, and they stay so: ${services.join(', ')}.`);
  }
  if (mustBuild) {
    lines.push(
      '',
      "Kubernetes has no Debian package with its servers: it is built from Debian's source package, once",
      `(about 10 minutes on 2 cores; 380 MB stay in ${kubernetesBinaries()}).`,
    );
  }
  return `${lines.join('\n')}\n\n`;
}

function refuseWithoutRoot(packages: Need[]): void {
  if (process.getuid?.() === 0) return;
  const names = packages.map((need) => need.package).join(' ');
  throw new Error(
    `only root can install packages: run "apt-get install --no-install-recommends ${names}" as root`,
  );
}

async function confirm(): Promise<boolean> {
  const terminal = createInterface({ input: stdin, output: stdout });
  const answer = await terminal.question('Go on? [y/N] ');
  terminal.close();
  return /^y(es)?$/i.test(answer.trim());
}

async function install(packages: Need[]): Promise<void> {
  await aptGet('update', '-q');
  await aptGet('install', '-q', '-y', '--no-install-recommends', ...packages.map((need) => need.package));
}

const installDeadlineMs = 15 * 60_000;

async function aptGet(...args: string[]): Promise<void> {
  // Another apt-get (a fresh machine updates itself) holds the lock for a while: wait for it.
  const child = spawn('apt-get', ['-o', 'DPkg::Lock::Timeout=300', ...args], {
    stdio: ['ignore', 'inherit', 'inherit'],
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
    timeout: installDeadlineMs,
  });
  const [code] = await once(child, 'exit');
  if (code !== 0) throw new Error(`apt-get ${args[0]} failed (exit code ${code}); its messages are above`);
}
