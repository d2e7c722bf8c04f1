import { cp, mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import packageJson from '../../package.json' with { type: 'json' };
import { examplesFolder } from '../pipelines/examples.ts';
import { runCommand } from '../support/run-command.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const root = join(import.meta.dirname, '../..');

test('what npm packs runs where it is installed, on the Node that its packages bring', {
  timeout: 600_000,
}, async () => {
  await using folder = await temporaryFolder();
  const project = join(folder.path, 'project');
  const trunkline = (...args: string[]) =>
    runCommand(join(project, 'node_modules/.bin/trunkline'), args, {
      cwd: project,
      env: { PATH: join(folder.path, 'path') },
    });
  await install(await pack(folder.path), project);
  await linkPrograms(join(folder.path, 'path'), ['sh', 'dirname', 'readlink']);
  await writeFile(join(project, 'wrong.yaml'), 'name: cart\nstesp: []\n');

  const says = await trunkline('--version');
  const right = await trunkline('lint', join(examplesFolder, 'minimal.yaml'));
  const wrong = await trunkline('lint', 'wrong.yaml').catch((error: unknown) => error);
  const demo = await trunkline('demo', '--kubernetes').catch((error: unknown) => error);

  expect(says.trim()).toBe(packageJson.version);
  expect(right).toContain('minimal.yaml');
  expect(wrong).toMatchObject({ code: 1, stdout: expect.stringContaining('steps') });
  expect(demo).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('In a clone: npm run demo -- --kubernetes'),
  });
});

/** As `npm pack` in this clone, but in a copy: what is made for it is nobody else's. @returns the archive's path */
async function pack(folder: string): Promise<string> {
  const copy = join(folder, 'clone');
  await mkdir(copy);
  const parts = ['bin', 'build', 'hooks', 'pipelines', 'src', 'LICENSE', 'README.md', 'vite.config.ts'];
  const page = ['dist/web', 'dist/web.stamp'];
  const settings = ['package.json', 'package-lock.json', '.npmrc', 'tsconfig.json', 'tsconfig.build.json'];
  for (const part of [...parts, ...page, ...settings])
    await cp(join(root, part), join(copy, part), { recursive: true });
  await symlink(join(root, 'node_modules'), join(copy, 'node_modules'));
  const printed = await npm(copy, ['pack', '--silent']);
  return join(copy, printed.trim().split('\n').at(-1) ?? '');
}

async function install(archive: string, project: string): Promise<void> {
  await mkdir(project);
  await writeFile(join(project, 'package.json'), '{ "private": true }');
  await npm(project, ['install', '--prefer-offline', '--no-audit', '--no-fund', archive]);
}

function npm(cwd: string, args: string[]): Promise<string> {
  // What npm compiles would be left in the temporary folder.
  const env = { ...process.env, NODE_DISABLE_COMPILE_CACHE: '1' };
  return runCommand('npm', args, { cwd, env, deadlineMs: 500_000 });
}

/** A PATH with these programs and nothing else: no Node, no Docker. */
async function linkPrograms(folder: string, programs: string[]): Promise<void> {
  await mkdir(folder);
  for (const program of programs)
    await symlink((await runCommand('which', [program])).trim(), join(folder, program));
}
