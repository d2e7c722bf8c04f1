import { existsSync } from 'node:fs';
import { rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { temporaryFolder } from './temporary-folder.ts';

const libraries = [process.arch === 'arm64' ? 'aarch64' : 'x86_64'].map(
  (machine) => `/usr/lib/${machine}-linux-gnu/faketime/libfaketimeMT.so.1`,
);
const library = libraries.find((path) => existsSync(path));

/** Whether libfaketime is there (Debian package `libfaketime`). */
export const canShiftClock = library !== undefined;

export type ShiftedClock = AsyncDisposable & {
  /** For the environment of a program, whose wall clock it then is. Its monotonic clock stays as it is. */
  environment: Record<string, string>;
  /** Sets the clock to so many seconds after (or before) the machine's; known to the program within a second. */
  shift(seconds: number): Promise<void>;
};

/** A wall clock that can jump. */
export async function openShiftedClock(): Promise<ShiftedClock> {
  const folder = await temporaryFolder();
  const file = join(folder.path, 'shift');
  const shift = async (seconds: number) => {
    await writeFile(`${file}.new`, `${seconds < 0 ? '' : '+'}${seconds}\n`);
    await rename(`${file}.new`, file);
  };
  await shift(0);
  return {
    environment: {
      LD_PRELOAD: library ?? '',
      FAKETIME_TIMESTAMP_FILE: file,
      FAKETIME_CACHE_DURATION: '1',
      FAKETIME_DONT_FAKE_MONOTONIC: '1',
    },
    shift,
    [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose](),
  };
}
