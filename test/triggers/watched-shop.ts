import type { CatalogueEntry } from '../../src/triggers/watch.ts';
import { startDatabase } from '../support/postgres.ts';
import { runCommand } from '../support/run-command.ts';
import { startSubversion } from '../support/subversion.ts';
import { waitFor } from '../support/wait-for.ts';
import { cursorIn, prepareTriggers, type TriggersOptions } from './triggers-under-test.ts';

/** A shop whose first revision, before anybody watches, has the folders that later ones change. */
export async function watchedShop(
  pipelines: CatalogueEntry[],
  more: Partial<Pick<TriggersOptions, 'layout'>> = {},
) {
  const stack = new AsyncDisposableStack();
  const [postgres, subversion] = await Promise.all([startDatabase(), startSubversion()]);
  stack.use(postgres);
  stack.use(subversion);
  const folders = ['trunk/app', 'trunk/app2', 'trunk/web', 'trunk/docs', 'branches', 'tags'];
  await subversion.commit({
    files: Object.fromEntries(folders.map((folder) => [`${folder}/first.txt`, '1'])),
  });
  const triggers = stack.use(
    await prepareTriggers({ databaseUrl: postgres.url, subversion, pipelines, ...more }),
  );
  await triggers.watch();
  await waitFor(async () => (await cursorIn(triggers.store)) === 1, { what: 'the first contact' });
  const announced = async (revision: number) => {
    const receipt = await triggers.hook(revision);
    await waitFor(async () => (await cursorIn(triggers.store)) === revision, { what: `r${revision}` });
    return 'eventId' in receipt ? receipt.eventId : '';
  };
  return {
    triggers,
    /** Commits what `svnmucc` takes as its arguments: `cp 1 trunk branches/x`. */
    async change(
      actions: string | string[],
      { author = 'alice', message = 'a change' } = {},
    ): Promise<string> {
      const at = ['--root-url', `file://${subversion.path}`, '--username', author, '--message', message];
      const output = await runCommand('svnmucc', [
        ...at,
        ...(typeof actions === 'string' ? actions.split(' ') : actions),
      ]);
      return announced(Number(/^r(\d+) /m.exec(output)?.[1]));
    },
    /** Commits, announces it and waits until it has been read. Returns the event's id. */
    async commit(files: Record<string, string | null>): Promise<string> {
      return announced(await subversion.commit({ files }));
    },
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}
