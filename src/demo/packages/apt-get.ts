import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { open, readFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { Fault } from '../../domain/fault.ts';

export interface Installation {
  packages: readonly string[];
  environment: Record<string, string>;
  /** Receives all that apt-get prints. */
  logFile: string;
  onProgress(text: string): void;
  signal: AbortSignal;
}

const deadlineMs = 15 * 60_000;

/** Installs Debian packages, with whatever they need and nothing that they only recommend. */
export async function installPackages(installation: Installation): Promise<void> {
  const { packages, onProgress } = installation;
  onProgress('reading the package lists');
  await aptGet(installation, ['update']);
  await aptGet(installation, ['install', '--yes', '--no-install-recommends', ...packages]);
}

async function aptGet(installation: Installation, args: string[]): Promise<void> {
  const { environment, logFile, signal } = installation;
  await using log = await open(logFile, 'a', 0o600);
  // A fresh machine updates itself: its apt-get holds the lock for a while.
  const options = ['-q', '-o', 'DPkg::Lock::Timeout=300', '-o', 'APT::Status-Fd=3'];
  const child = spawn('apt-get', [...options, ...args], {
    stdio: ['ignore', log.fd, log.fd, 'pipe'],
    env: { ...environment, DEBIAN_FRONTEND: 'noninteractive' },
    // A terminal's Ctrl-C would leave packages half set up: what is under way is finished first.
    detached: true,
    timeout: deadlineMs,
  });
  const ended = once(child, 'exit');
  showStatus(child.stdio[3] as Readable, installation);
  const [code] = await ended;
  signal.throwIfAborted();
  if (code === 0) return;
  const said = (await readFile(logFile, 'utf8')).trimEnd().split('\n').slice(-4).join('\n  ');
  throw new Fault('internal', `apt-get ${args[0]} failed (exit code ${code}):\n  ${said}`, {
    hint: `All it said is in ${logFile}. Mend that, or install by hand: ${aptCommand(installation.packages)}`,
  });
}

export function aptCommand(packages: readonly string[]): string {
  return `apt-get install -y --no-install-recommends ${packages.join(' ')}`;
}

/** Lines such as `dlstatus:3:41.5:Retrieving file 3 of 9` and `pmstatus:curl:60.0:Installing curl`. */
function showStatus(status: Readable, { onProgress }: Installation): void {
  createInterface({ input: status }).on('line', (line) => {
    const [kind, , percent, ...text] = line.split(':');
    if (kind !== 'dlstatus' && kind !== 'pmstatus') return;
    onProgress(`${Math.round(Number(percent))} % ${text.join(':').replace(/ \(.*/, '')}`);
  });
}
