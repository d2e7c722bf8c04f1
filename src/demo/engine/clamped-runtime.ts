import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * Arguments of a Docker engine for a machine whose kernel forbids a process to lower its oom_score_adj (no
 * CAP_SYS_RESOURCE, as in some virtual machines and containers): pods and services that ask for that would not start.
 * None elsewhere.
 * @param folder where the stand-in for runc is written
 */
export async function runtimeArguments(folder: string): Promise<string[]> {
  if (await mayLowerOomScore()) return [];
  const file = join(folder, 'runc-clamped');
  await writeFile(file, clampedRunc, { mode: 0o755 });
  return ['--add-runtime', `clamped=${file}`, '--default-runtime=clamped'];
}

/** CAP_SYS_RESOURCE is bit 24 of the capabilities. */
async function mayLowerOomScore(): Promise<boolean> {
  const status = await readFile('/proc/self/status', 'utf8');
  const effective = /^CapEff:\s*([0-9a-f]+)$/m.exec(status)?.[1] ?? '0';
  return (BigInt(`0x${effective}`) & (1n << 24n)) !== 0n;
}

const clampedRunc = `#!/bin/sh
# Runs runc with negative values of oomScoreAdj, which this kernel forbids, replaced by 0.
set -eu
bundle=.
previous=
for argument in "$@"; do
  [ "$previous" = --bundle ] && bundle=$argument
  previous=$argument
done
config=$bundle/config.json
[ ! -f "$config" ] || sed -i -E 's/"oomScoreAdj": ?-[0-9]+/"oomScoreAdj":0/' "$config"
exec runc "$@"
`;
