import { chmod, mkdir, symlink, utimes, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { extract } from 'tar-stream';
import { expect, test } from 'vitest';
import { type BuildContext, readBuildContext } from '../../src/images/build-context.ts';
import { baseImage, dockerEngine } from '../support/docker.ts';
import { runCommand } from '../support/run-command.ts';
import { type TemporaryFolder, temporaryFolder } from '../support/temporary-folder.ts';

async function folderOf(files: Record<string, string>): Promise<TemporaryFolder> {
  const folder = await temporaryFolder();
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder.path, path)), { recursive: true });
    await writeFile(join(folder.path, path), text);
  }
  return folder;
}

async function read(folder: TemporaryFolder, dockerfile = 'Dockerfile'): Promise<BuildContext> {
  const context = await readBuildContext({ folder: folder.path, dockerfile });
  if ('problem' in context) throw new Error(context.problem);
  return context;
}

async function entriesOf(context: BuildContext) {
  const entries: {
    name: string;
    type: string;
    mode: number;
    linkname: string;
    owner: string;
    text: string;
  }[] = [];
  for await (const entry of context.tar().stream.pipe(extract())) {
    const { name, type = '', mode = 0, linkname, uid, gid } = entry.header;
    entries.push({
      name,
      type: type ?? '',
      mode,
      linkname: linkname ?? '',
      owner: `${uid}:${gid}`,
      text: (await buffer(entry)).toString(),
    });
  }
  return entries;
}

async function namesOf(context: BuildContext): Promise<string[]> {
  return (await entriesOf(context)).map(({ name }) => name);
}

test('files, folders, links and modes arrive as they are, owned by root', async () => {
  await using folder = await folderOf({ Dockerfile: 'FROM scratch', 'bin/run': '#!/bin/sh', 'ü/名': 'text' });
  await chmod(join(folder.path, 'bin/run'), 0o755);
  await symlink('bin/run', join(folder.path, 'link'));
  await symlink('/etc/passwd', join(folder.path, 'outside'));
  await mkdir(join(folder.path, 'empty'));

  const context = await read(folder);
  const entries = await entriesOf(context);

  expect(entries.map(({ name, type }) => [name, type])).toEqual([
    ['Dockerfile', 'file'],
    ['bin', 'directory'],
    ['bin/run', 'file'],
    ['empty', 'directory'],
    ['link', 'symlink'],
    ['outside', 'symlink'],
    ['ü', 'directory'],
    ['ü/名', 'file'],
  ]);
  expect(entries.find(({ name }) => name === 'bin/run')).toMatchObject({ mode: 0o755, text: '#!/bin/sh' });
  expect(entries.find(({ name }) => name === 'link')).toMatchObject({ linkname: 'bin/run' });
  expect(new Set(entries.map(({ owner }) => owner))).toEqual(new Set(['0:0']));
  expect(context).toMatchObject({
    files: 5,
    bytes: 'FROM scratch'.length + '#!/bin/sh'.length + 'text'.length,
  });
});

test('the same files give the same bytes, whenever and in whatever order they were written', async () => {
  await using one = await folderOf({ Dockerfile: 'FROM scratch', a: 'a', 'b/c': 'c' });
  await using other = await folderOf({ 'b/c': 'c', a: 'a', Dockerfile: 'FROM scratch' });
  await utimes(join(other.path, 'a'), 1, 1);

  const [first, second] = [(await read(one)).tar(), (await read(other)).tar()];
  const bytes = [await buffer(first.stream), await buffer(second.stream)];

  expect(bytes[0]?.equals(bytes[1] ?? Buffer.alloc(0))).toBe(true);
  expect(first.digest()).toBe(second.digest());
  expect(first.digest()).toMatch(/^sha256:[0-9a-f]{64}$/);
});

test('an ignored Dockerfile and the ignore file itself are sent all the same', async () => {
  await using folder = await folderOf({
    'ci/Dockerfile': 'FROM scratch',
    'ci/notes': '',
    '.dockerignore': '*',
    a: '',
  });

  expect(await namesOf(await read(folder, './ci/Dockerfile'))).toEqual(['.dockerignore', 'ci/Dockerfile']);
});

test('the ignore file beside the Dockerfile counts before the one of the context', async () => {
  await using folder = await folderOf({
    'app.Dockerfile': 'FROM scratch',
    'app.Dockerfile.dockerignore': 'b',
    '.dockerignore': 'a',
    a: '',
    b: '',
  });

  expect(await namesOf(await read(folder, 'app.Dockerfile'))).toEqual([
    '.dockerignore',
    'a',
    'app.Dockerfile',
    'app.Dockerfile.dockerignore',
  ]);
});

test('an exception below an ignored folder is found', async () => {
  await using folder = await folderOf({
    Dockerfile: 'FROM scratch',
    '.dockerignore': 'dist\n!dist/keep',
    'dist/drop': '',
    'dist/keep/me': '',
    '.svn/wc.db': '',
    'sub/.git/HEAD': '',
  });

  expect(await namesOf(await read(folder))).toEqual([
    '.dockerignore',
    'Dockerfile',
    'dist/keep',
    'dist/keep/me',
    'sub',
  ]);
});

test('a Dockerfile that a link leads to outside the context is not read', async () => {
  await using folder = await folderOf({ a: '' });
  await symlink('/etc/passwd', join(folder.path, 'Dockerfile'));

  const context = await readBuildContext({ folder: folder.path, dockerfile: 'Dockerfile' });

  expect(context).toEqual({ problem: 'there is no file Dockerfile in the build context' });
});

const ignoreFiles = [
  '*.log\n**/node_modules\n',
  'src\n!src/main\n*/temp*\n',
  '# all but\n*\n!src/main/*.ts\n!Read me.md\n',
  'Dockerfile\n**/temp?\n!sub/temp1\n/src/../sub/deep/\n',
];

test.each(ignoreFiles)('%j lets in what the docker CLI lets in', async (ignoreFile) => {
  const base = await baseImage();
  const { host } = await dockerEngine();
  await using folder = await folderOf({
    Dockerfile: `FROM ${base}\nCOPY . /context\n`,
    '.dockerignore': ignoreFile,
    'a.log': '',
    'sub/b.log': '',
    'sub/temp1': '',
    'sub/temperature/x': '',
    'sub/deep/er/y': '',
    'node_modules/x/y': '',
    'src/node_modules/z': '',
    'src/main/index.ts': '',
    'src/main/index.js': '',
    'src/other.ts': '',
    'Read me.md': '',
  });

  const env = { PATH: process.env.PATH, DOCKER_BUILDKIT: '0' };
  const built = await runCommand('docker', ['-H', host, 'build', '--quiet', folder.path], { env });
  const listed = await runCommand('docker', [
    '-H',
    host,
    'run',
    '--rm',
    built.trim(),
    'find',
    '/context',
    '-type',
    'f',
  ]);
  await runCommand('docker', ['-H', host, 'image', 'rm', built.trim()]);

  const entries = await entriesOf(await read(folder));
  // The classic builder takes these two back out of the context that it was sent, where they are ignored.
  const isOwn = (name: string) => name === 'Dockerfile' || name === '.dockerignore';
  const ours = entries.filter(({ name, type }) => type === 'file' && !isOwn(name)).map(({ name }) => name);
  const theirs = listed
    .trim()
    .split('\n')
    .map((path) => path.replace('/context/', ''));
  expect(ours.sort()).toEqual(theirs.filter((name) => !isOwn(name)).sort());
});

test('a Dockerfile too large to be one is not read into memory', async () => {
  await using folder = await folderOf({ Dockerfile: `FROM scratch\n${'#'.repeat(1024 * 1024)}` });

  const context = await readBuildContext({ folder: folder.path, dockerfile: 'Dockerfile' });

  expect(context).toEqual({ problem: expect.stringContaining('Dockerfile has 1048589 bytes') });
});
