import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createStepLog } from '../../src/cli/step-log.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { runHere } from './run-here.ts';

const pipeline = `name: cart
source: { repository: shop, path: services/cart }
parameters: { size: { type: choice, options: [small, large], default: small } }
steps:
  - { id: image, build: { image: shop/cart } }
  - { id: push, push: { image } }
  - { id: test, matrix: { axes: { node: [20, 22] } }, run: { from: image, commands: [ls] } }
`;

/** With the pipeline's folder in it. */
async function folderOf(path: string): Promise<string> {
  const folder = join(path, 'with-source');
  await mkdir(join(folder, 'services/cart'), { recursive: true });
  return folder;
}

test('what cannot be run is said before anything begins, with a way out', async () => {
  await using folder = await temporaryFolder();
  const file = join(folder.path, 'cart.yaml');
  await writeFile(file, pipeline);
  const run = (...args: string[]) => runHere(['run', file, '--dir', folder.path, ...args]);

  const results = [
    await run(),
    await run('--only', 'imgae'),
    await run('--only', 'test'),
    await run('--push'),
    await run('--deploy'),
    await run('--env', 'A'),
    await runHere(['run', file, '--dir', await folderOf(folder.path), '--param', 'size=huge']),
    await runHere([
      ...['run', file, '--dir', await folderOf(folder.path)],
      ...['--param', 'size=small', '--param', 'size=large'],
    ]),
  ];

  expect(results.map(({ exitCode }) => exitCode)).toEqual([2, 2, 2, 2, 2, 2, 2, 2]);
  expect(results.map(({ stdout }) => stdout).join('')).toBe('');
  expect(results.map(({ stderr }) => stderr)).toEqual([
    expect.stringContaining(`There is no folder ${join(folder.path, 'services/cart')}.`),
    expect.stringContaining("did you mean 'image'?"),
    expect.stringContaining('name one of test-20, test-22'),
    expect.stringContaining('--push needs --config'),
    expect.stringContaining('--deploy needs --push'),
    expect.stringContaining('NAME=VALUE'),
    expect.stringContaining("parameter 'size' takes one of small, large; 'huge' was given"),
    expect.stringContaining('--param gives size twice.'),
  ]);
});

test('where people must approve, nothing is deployed past them', async () => {
  await using folder = await temporaryFolder();
  const file = join(folder.path, 'cart.yaml');
  const approve = '  - { id: go, approve: { by: [release] } }\n';
  await writeFile(file, pipeline + approve);

  const args = ['run', file, '--dir', folder.path, '--config', 'trunkline.yaml', '--push', '--deploy'];
  const result = await runHere(args);

  expect(result).toMatchObject({ exitCode: 2, stdout: '' });
  expect(result.stderr).toContain('cart has approve steps, and nobody is asked here.');
});

test('a file with mistakes, or with names that the config does not know, is not run', async () => {
  await using folder = await temporaryFolder();
  await mkdir(join(folder.path, 'services/cart'), { recursive: true });
  const [good, bad, config] = ['good.yaml', 'bad.yaml', 'trunkline.yaml'].map((name) =>
    join(folder.path, name),
  );
  await writeFile(good ?? '', pipeline);
  await writeFile(bad ?? '', pipeline.replace('steps', 'stages'));
  await writeFile(config ?? '', '{}');

  const broken = await runHere(['run', bad ?? '', '--dir', folder.path]);
  const unknown = await runHere(['run', good ?? '', '--dir', folder.path, '--config', config ?? '']);

  expect(broken).toMatchObject({ exitCode: 1, stdout: '' });
  expect(broken.stderr).toContain("did you mean 'steps'?");
  expect(unknown).toMatchObject({ exitCode: 1, stdout: '' });
  expect(unknown.stderr).toContain("the server knows no repository 'shop'");
});

test('each line of the log has its step in front, however the text comes in pieces', () => {
  const printed: string[] = [];
  const log = createStepLog({ paint: (_style, text) => text }, ['a', 'long'], (text) => printed.push(text));

  log.write('a', 'one\ntw');
  log.write('long', 'other\n');
  log.write('a', 'o\nend');
  log.end();

  expect(printed).toEqual(['a    │ one\n', 'long │ other\n', 'a    │ two\n', 'a    │ end\n']);
});
