import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { readBuildContext } from '../../src/images/build-context.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

test('a file that is gone before the build context is sent breaks the archive, not the process', async () => {
  await using folder = await temporaryFolder();
  await writeFile(join(folder.path, 'Dockerfile'), 'FROM scratch\n');
  const context = await readBuildContext({ folder: folder.path, dockerfile: 'Dockerfile' });
  if ('problem' in context) throw new Error(context.problem);
  await rm(join(folder.path, 'Dockerfile'));

  const { stream } = context.tar();
  // As long as a connection to the engine takes.
  for (let turn = 0; turn < 100; turn++) await nextTurn();

  await expect(Array.fromAsync(stream)).rejects.toMatchObject({ code: 'ENOENT' });
});
