import { access, constants } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { runProcessGroup } from '../process-group.ts';
import { kubernetesBinaries } from './state-folder.ts';

const names = ['kube-apiserver', 'kube-controller-manager', 'kube-scheduler', 'kubelet', 'kube-proxy'];

/** Ten minutes on two idle cores; four times that, and something is wrong. */
const buildDeadlineMs = 40 * 60_000;

/** Those of the five programs that are not built yet. */
export async function missingBinaries(): Promise<string[]> {
  const built = await Promise.all(names.map(isBuilt));
  return names.filter((_, index) => !built[index]);
}

/** Builds what is missing from Debian's source package, telling the steps, and the time every half minute. */
export async function buildKubernetes(interrupted: AbortSignal): Promise<void> {
  const start = performance.now();
  let step = 'begins';
  const say = (text: string) => process.stdout.write(`[${clock(performance.now() - start)}] ${text}\n`);
  const ticking = setInterval(() => say(`still: ${step}`), 30_000);
  const code = await runProcessGroup({
    command: 'bash',
    args: [
      join(import.meta.dirname, 'build-kubernetes.sh'),
      kubernetesBinaries(),
      ...(await missingBinaries()),
    ],
    stdio: ['ignore', 'pipe', 'inherit'],
    signal: AbortSignal.any([interrupted, AbortSignal.timeout(buildDeadlineMs)]),
    onOutput: (stdout) =>
      createInterface(stdout).on('line', (line) => {
        step = line;
        say(step);
      }),
  });
  clearInterval(ticking);
  if (code !== 0) throw new Error(`Kubernetes was not built (exit code ${code}); its messages are above`);
}

function isBuilt(name: string): Promise<boolean> {
  return access(join(kubernetesBinaries(), name), constants.X_OK).then(
    () => true,
    () => false,
  );
}

/** 75000 -> "1:15" */
function clock(ms: number): string {
  const seconds = Math.floor(ms / 1000);
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
}
