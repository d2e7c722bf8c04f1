import { chmod, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { Terminal } from '../../src/cli/terminal.ts';
import { agreeToInstall, type Consent } from '../../src/demo/packages/agree-to-install.ts';
import { missingPackages } from '../../src/demo/packages/missing-packages.ts';
import { createTools } from '../../src/demo/setup/run-tool.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const tools = createTools({ PATH: process.env.PATH ?? '' });
const needs = [
  { package: 'docker.io', why: 'the engine', isService: true },
  { package: 'subversion', why: 'the repository', isService: false },
];
const command = 'apt-get install -y --no-install-recommends docker.io subversion';

test('on a bare machine everything is missing; what is there already is not asked for', async () => {
  await using bare = await temporaryFolder();
  await using some = await folderWith('svn', 'svnadmin', 'svnlook', 'svnserve', 'wget');

  const all = await missingPackages({ path: bare.path, tools }, { engine: false, registry: false });
  const few = await missingPackages({ path: some.path, tools }, { engine: true, registry: true });

  expect(all.map((need) => need.package)).toEqual([
    'docker.io',
    'iptables',
    'iproute2',
    'docker-registry',
    'subversion',
    'curl',
    'busybox-static',
  ]);
  expect(few.map((need) => need.package)).toEqual(['busybox-static']);
});

test('a busybox that needs libraries does not count as one', async () => {
  await using folder = await folderWith();
  await writeFile(join(folder.path, 'busybox'), '#!/bin/sh\n');
  const linked = createTools({ PATH: process.env.PATH ?? '' });
  const asLinked = (call: Parameters<typeof linked>[0]) => linked({ ...call, args: ['/bin/sh'] });

  await chmod(join(folder.path, 'busybox'), 0o755);
  const missing = await missingPackages(
    { path: folder.path, tools: asLinked },
    { engine: true, registry: true },
  );

  expect(missing.map((need) => need.package)).toContain('busybox-static');
});

test('without root, apt-get or somebody to ask it ends with a line to copy', async () => {
  await using apt = await folderWith('apt-get');
  await using bare = await temporaryFolder();
  const refusals = await Promise.all([
    refusalOf({ isGiven: true, isRoot: false, path: apt.path }),
    refusalOf({ isGiven: true, isRoot: true, path: bare.path }),
    refusalOf({ isGiven: false, isRoot: true, path: apt.path }),
  ]);

  expect(refusals).toEqual([
    { exitCode: 2, message: expect.stringContaining('only root'), hint: `Run: sudo ${command}` },
    { exitCode: 2, message: expect.stringContaining('no apt-get'), hint: `On Debian it is: ${command}` },
    {
      exitCode: 2,
      message: expect.stringContaining('no terminal to ask on'),
      hint: `Add --yes to install them, or run: ${command}`,
    },
  ]);
});

test('it says what each package is for, and goes on only after a yes', async () => {
  await using apt = await folderWith('apt-get');
  const consent = { isGiven: false, isRoot: true, path: apt.path };
  const said: string[] = [];
  const answering = (answer: string) => ({
    ...silent,
    print: (text: string) => said.push(text),
    ask: async () => answer,
  });

  await agreeToInstall(answering('y'), needs, consent);
  const declined = agreeToInstall(answering(''), needs, consent);

  await expect(declined).rejects.toMatchObject({ exitCode: 2, hint: expect.stringContaining(command) });
  expect(said[0]).toContain('docker.io   the engine');
  expect(said[0]).toContain('subversion  the repository');
});

const silent: Terminal = {
  print: () => undefined,
  note: () => undefined,
  isLive: false,
  columns: 100,
  rows: 40,
  paint: (_style, text) => text,
  ask: null,
};

async function refusalOf(consent: Consent): Promise<object> {
  const error: unknown = await agreeToInstall(silent, needs, consent).catch((thrown: unknown) => thrown);
  if (!(error instanceof Error) || !('exitCode' in error) || !('hint' in error))
    throw new Error('it was to be refused', { cause: error });
  return { exitCode: error.exitCode, message: error.message, hint: error.hint };
}

/** A folder with these programs in it, which do nothing. */
async function folderWith(...programs: string[]): Promise<AsyncDisposable & { path: string }> {
  const folder = await temporaryFolder();
  for (const program of programs) {
    await writeFile(join(folder.path, program), '#!/bin/sh\n', { mode: 0o755 });
  }
  return folder;
}
