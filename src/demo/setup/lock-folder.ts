import { CliError, exitCodes } from '../../cli/cli-error.ts';
import { Fault } from '../../domain/fault.ts';
import { lockDataDir } from '../../store/data-dir-lock.ts';
import type { DemoFolder } from './demo-folder.ts';

/** One demo a folder at a time. Free again when its process ends, however it ends. */
export async function lockFolder(folder: DemoFolder): Promise<AsyncDisposable> {
  try {
    return await lockDataDir(folder.inside());
  } catch (cause) {
    if (!(cause instanceof Fault)) throw cause;
    throw new CliError(exitCodes.wrongUse, `another demo runs in ${folder.path}`, {
      cause,
      hint: 'End it with Ctrl-C where it runs, or name another folder with --dir.',
    });
  }
}
