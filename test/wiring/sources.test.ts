import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openSources } from '../../src/wiring/sources.ts';
import { load } from '../config/load-config.ts';
import { startSubversion } from '../support/subversion.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

test('a worker keeps working copies of large trees as trunkline.yaml says, and none where that says off', async () => {
  await using svn = await startSubversion();
  await svn.commit({ files: { 'trunk/large.bin': Buffer.alloc(7 * 2 ** 20), 'trunk/app/a.txt': 'a' } });
  await using folder = await temporaryFolder();
  const histories = async (workingCopies: string) => {
    const repositories = `repositories: { shop: { svn: '${svn.root}' } }`;
    const { config, problems } = await load({
      file: `svn: { working-copies: ${workingCopies} }\n${repositories}\n`,
    });
    if (config === null) throw new Error(JSON.stringify(problems));
    const stateDir = join(folder.path, workingCopies.replaceAll(/\W/g, ''));
    const shop = openSources(config, { stateDir, logger: { warn: () => undefined } })('shop');
    const how: (string | undefined)[] = [];
    for (const path of ['', '', '', 'app', 'app']) {
      const into = join(stateDir, `tree-${how.length}`);
      const place = { branch: 'trunk', path, revision: '1', generation: 1, into };
      how.push((await shop.exportTree(place, AbortSignal.timeout(20_000))).how);
    }
    return { how, copies: await readdir(join(stateDir, 'working-copies')).catch(() => []) };
  };

  const kept = await histories('{ above: 6Mi }');
  const none = await histories('off');

  expect(kept.how).toEqual([
    undefined,
    'as a working copy that later runs update',
    'by an update of a working copy',
    undefined,
    undefined,
  ]);
  expect(kept.copies).toHaveLength(1);
  expect(none.how).toEqual(Array(5).fill(undefined));
  expect(none.copies).toEqual([]);
});
