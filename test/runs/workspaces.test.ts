import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { createWorkspaces } from '../../src/runs/workspaces.ts';
import type { RunRow } from '../../src/store/runs.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

it('whoever is the last to want the tree gets it itself, all others a copy; who wants it after all has it fetched again', async () => {
  await using opened = await openWorkspace();
  const { workspace } = opened;

  const shared = await workspace.tree();
  const copy = await workspace.copy({ stepId: 'lint', attempt: 1, isLast: false });
  const last = await workspace.copy({ stepId: 'test', attempt: 1, isLast: true });
  const left = await readdir(opened.home);
  await writeFile(join(last, 'file.txt'), 'changed');
  const again = await workspace.copy({ stepId: 'test', attempt: 2, isLast: true });

  expect(left.toSorted()).toEqual(['lint-1', 'test-1']);
  expect(shared).not.toBe(copy);
  expect(await readFile(join(copy, 'file.txt'), 'utf8')).toBe('fetch 1');
  expect(await readFile(join(again, 'file.txt'), 'utf8')).toBe('fetch 2');
});

/** Of a source that says how often it was asked. */
async function openWorkspace() {
  const folder = await temporaryFolder();
  let fetches = 0;
  const workspaces = createWorkspaces({
    folder: folder.path,
    sourceOf: () => ({
      async exportTree({ into }) {
        fetches += 1;
        await mkdir(into);
        await writeFile(join(into, 'file.txt'), `fetch ${fetches}`);
        return { files: 1, bytes: 7 };
      },
    }),
  });
  const place = { repository: 'shop', branch: 'trunk', revision: '1', generation: 1 };
  const run = { id: 'run', ...place, told: {} } as RunRow;
  const workspace = workspaces.open(run, {
    sourcePath: '',
    fencing: 1,
    signal: new AbortController().signal,
    recordExternals: async () => undefined,
  });
  return {
    workspace,
    home: join(folder.path, 'run-1'),
    [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose](),
  };
}
