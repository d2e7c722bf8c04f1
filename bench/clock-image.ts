import { cp, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { runCommand } from '../test/support/run-command.ts';
import { temporaryFolder } from '../test/support/temporary-folder.ts';

const image = 'trunkline-bench/clock:1';
/** busybox's `date` knows whole seconds only: the machine's own one comes along, with what it needs. */
const date = '/bin/date';

/** A local image with `/bin/sh` and a `date` that knows nanoseconds. @returns its name */
export async function makeClockImage(engine: string, base: string): Promise<string> {
  await using folder = await temporaryFolder();
  const libraries = (await runCommand('ldd', [date])).match(/\/\S+(?= \()/g) ?? [];
  for (const file of [date, ...libraries]) {
    const target = join(folder.path, 'root', file === date ? '/usr/local/bin/date' : file);
    await mkdir(join(target, '..'), { recursive: true });
    await cp(file, target, { dereference: true });
  }
  await runCommand('sh', ['-c', `printf 'FROM ${base}\\nCOPY root/ /\\n' > ${folder.path}/Dockerfile`]);
  await runCommand('docker', ['-H', engine, 'build', '-q', '-t', image, folder.path]);
  return image;
}

/** What a container runs to take the time; `readTime` reads it. */
export const takeTime = 'echo "time $(/usr/local/bin/date +%s%N) taken"';

/** @returns ms since 1970, or undefined when no time stands in the text */
export function readTime(text: string): number | undefined {
  const found = /time (\d+) taken/.exec(text)?.[1];
  return found === undefined ? undefined : Number(found) / 1e6;
}
