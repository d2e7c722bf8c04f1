import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { runCommand } from '../test/support/run-command.ts';
import type { Subversion } from '../test/support/subversion.ts';
import { temporaryFolder } from '../test/support/temporary-folder.ts';

/** A working copy from which people commit. */
export interface WorkingCopy extends AsyncDisposable {
  /** Changes the file and commits. @returns the time (ms since 1970) at which `svn commit` had returned */
  commit(path: string, text: string): Promise<number>;
}

export async function checkOut({ root }: Subversion, path: string): Promise<WorkingCopy> {
  const folder = await temporaryFolder();
  await runCommand('svn', ['checkout', '--quiet', `${root}/${path}`, folder.path]);
  return {
    async commit(file, text) {
      await writeFile(join(folder.path, file), text);
      const child = spawn('svn', ['commit', '--quiet', '-m', `change ${file}`, folder.path], {
        stdio: 'ignore',
      });
      const [code] = await once(child, 'exit');
      const returnedAt = Date.now();
      if (code !== 0) throw new Error(`svn commit ended with ${code}`);
      return returnedAt;
    },
    [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose](),
  };
}
