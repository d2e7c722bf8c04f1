import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { expect, test } from 'vitest';
import { startSubversion } from '../../support/subversion.ts';
import { waitFor } from '../../support/wait-for.ts';
import { processesWith, startSilentServer } from './silent-server.ts';
import { collect, noStop, subversionAt } from './subversion-at.ts';

const password = 'hunter2-of-the-repository';

test('while svn runs, no process shows the password in its arguments or its environment', async () => {
  await using server = await startSilentServer();
  await using source = await subversionAt(server.root, { password });
  const controller = new AbortController();
  const { signal } = controller;
  const into = join(source.folder, 'tree');
  process.env.REPOSITORY_PASSWORD = password;
  try {
    const work = Promise.allSettled([
      source.scm.identify(signal),
      collect(source.scm.revisions({ from: 1, to: 2 }, signal)),
      source.scm.exportTree({ path: 'trunk', revision: '1', into, onProgress: () => undefined }, signal),
    ]);

    const running = await waitFor(
      async () => {
        const found = await processesWith(`:${server.port}/`);
        return found.filter(isSvn).length === 4 && found;
      },
      { what: 'four svn processes: one question, one log, an export with its look for externals' },
    );
    const all = await processesWith('');
    controller.abort();
    await work;

    expect(all.filter(({ commandLine }) => commandLine.includes(password))).toEqual([]);
    expect(running.filter(({ environment }) => environment.includes(password))).toEqual([]);
  } finally {
    delete process.env.REPOSITORY_PASSWORD;
  }
});

test('neither the disk nor an error shows the password', async () => {
  await using svn = await startSubversion({ password: 'another' });
  await using source = await subversionAt(svn.root, { password });

  const error = await source.scm.identify(noStop()).catch((fault: unknown) => fault);

  expect(error).toMatchObject({ code: 'scm-denied' });
  expect(inspect(error, { depth: Number.POSITIVE_INFINITY })).not.toContain(password);
  const files = await readdir(source.stateDir, { recursive: true, withFileTypes: true });
  const paths = files.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const texts = await Promise.all(paths.map((path) => readFile(path, 'utf8')));
  expect(texts.length).toBeGreaterThan(0);
  expect(texts.filter((text) => text.includes(password))).toEqual([]);
});

function isSvn({ commandLine }: { commandLine: string }): boolean {
  return commandLine.startsWith('svn\0');
}
