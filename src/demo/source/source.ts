import { join } from 'node:path';
import type { Daemons } from '../setup/daemons.ts';
import type { DemoFolder } from '../setup/demo-folder.ts';
import type { Tools } from '../setup/run-tool.ts';
import { installHook, openRepository, svnUser } from './repository.ts';
import { writeSvnCommand } from './svn-account.ts';
import { openWorkingCopy, type WorkingCopy } from './working-copy.ts';

/** The repository, served, and who commits to it. */
export interface OpenedSource extends AsyncDisposable {
  url: string;
  user: string;
  /** What the tour commits from. */
  workingCopy: WorkingCopy;
  /** What people change and commit from; what they have changed there is not touched. */
  openCheckout(): Promise<{ path: string; isNewest: boolean }>;
  installHook(hook: { url: string; token: string }): Promise<void>;
}

export interface SourceSetting {
  folder: DemoFolder;
  daemons: Daemons;
  tools: Tools;
  port: number;
  password: string;
}

export async function openSource(setting: SourceSetting, signal: AbortSignal): Promise<OpenedSource> {
  const { folder, tools } = setting;
  await using opening = new AsyncDisposableStack();
  const repository = opening.use(await openRepository(setting, signal));
  const svn = await writeSvnCommand(folder, setting);
  const checkOut = (path: string) =>
    openWorkingCopy({ svn, tools, path, repository: repository.url }, signal);
  const workingCopy = await checkOut(folder.inside('tour'));
  const opened = opening.move();
  return {
    url: repository.url,
    user: svnUser,
    workingCopy,
    async openCheckout() {
      const path = folder.at('checkout');
      const checkout = await checkOut(path);
      return { path, isNewest: await checkout.update() };
    },
    installHook: ({ url, token }) => installHook(repository.path, { hook: hookScript, url, token }),
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  };
}

/** At the same place beside the sources and beside what is compiled from them. */
const hookScript = join(import.meta.dirname, '../../../hooks/svn-post-commit');
