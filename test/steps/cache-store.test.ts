import { mkdir, readdir, readFile, symlink, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { ArchivedEntry } from '../../src/images/write-archive.ts';
import { cacheKeys } from '../../src/steps/run/cache-key.ts';
import { CacheStore } from '../../src/steps/run/cache-store.ts';
import { restoreEntries } from '../../src/steps/run/restore-cache.ts';
import { unstopped } from '../images/engine-under-test.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { contextUnderTest, runStep } from './step-context.ts';

async function* entries(...given: Partial<ArchivedEntry>[]): AsyncGenerator<ArchivedEntry> {
  for (const entry of given) {
    const facts = { path: 'a', type: 'file', bytes: 1, mode: 0o644, linkname: '' } as const;
    yield { ...facts, modifiedAt: new Date(), content: content('x'.repeat(entry.bytes ?? 1)), ...entry };
  }
}

async function* content(text: string): AsyncGenerator<Buffer> {
  yield Buffer.from(text);
}

test('a draft is found by nobody, and gone after the process that wrote it was killed', async () => {
  await using folder = await temporaryFolder();
  const options = { folder: folder.path, mostBytes: 2 ** 20, keepMs: 60_000 };
  const killed = new CacheStore(options);
  await killed.write(entries({}), unstopped);

  const next = new CacheStore(options);
  const found = await next.find('k1');
  await next.publish(await next.write(entries({}), unstopped), 'k2');

  expect(found).toBeNull();
  expect(await readdir(folder.path)).toEqual(['k2.tar']);
});

test('in a shared folder the draft of another process stays while it may be at work', async () => {
  await using folder = await temporaryFolder();
  const options = { folder: folder.path, mostBytes: 2 ** 20, keepMs: 60_000, isShared: true };
  const busy = new CacheStore(options);
  const draft = await busy.write(entries({}), unstopped);
  const left = await busy.write(entries({}), unstopped);
  const longAgo = new Date(Date.now() - 2 * 3_600_000);
  await utimes(left, longAgo, longAgo);

  await new CacheStore(options).tidy();
  await busy.publish(draft, 'k1');

  expect(await readdir(folder.path)).toEqual(['k1.tar']);
});

test('half of an archive is never left', async () => {
  await using folder = await temporaryFolder();
  const store = new CacheStore({ folder: folder.path, mostBytes: 2 ** 20, keepMs: 60_000 });
  async function* broken() {
    yield* entries({ bytes: 10 });
    throw new Error('the engine went away');
  }

  await expect(store.write(broken(), unstopped)).rejects.toThrow('the engine went away');

  expect(await readdir(folder.path)).toEqual([]);
});

test('what nobody has used for long goes, and the longest unused of too much', async () => {
  await using folder = await temporaryFolder();
  const store = new CacheStore({ folder: folder.path, mostBytes: 25_000, keepMs: 60_000 });
  const publish = async (key: string, agoMs: number) => {
    await store.publish(await store.write(entries({ bytes: 9000 }), unstopped), key);
    const at = new Date(Date.now() - agoMs);
    await utimes(join(folder.path, `${key}.tar`), at, at);
  };
  await publish('old', 61_000);
  await publish('unused', 30_000);
  await publish('used', 40_000);
  await store.find('used');

  await publish('new', 0);

  expect((await readdir(folder.path)).toSorted()).toEqual(['new.tar', 'used.tar']);
});

test.each([
  ['a link of the tree', { path: 'out/a' }],
  ['a path that leads up', { path: '../a' }],
  ['a hard link to what is not in it', { type: 'link', linkname: '../secret' }],
] as const)('nothing is restored through %s', async (_what, entry) => {
  await using folder = await temporaryFolder();
  const tree = join(folder.path, 'tree');
  await mkdir(tree);
  await writeFile(join(folder.path, 'secret'), 'untouched');
  await symlink(folder.path, join(tree, 'out'));

  await expect(restoreEntries(tree, entries(entry), unstopped)).rejects.toThrow();

  expect((await readdir(folder.path)).toSorted()).toEqual(['secret', 'tree']);
  expect(await readFile(join(folder.path, 'secret'), 'utf8')).toBe('untouched');
  expect(await readdir(tree)).toEqual(['out']);
});

test('a key file that is a link, or behind one, counts as missing', async () => {
  await using folder = await temporaryFolder();
  await using context = await contextUnderTest();
  await symlink('/etc', join(folder.path, 'etc'));
  await symlink('/etc/hostname', join(folder.path, 'name'));
  const keysFor = (file: string) => {
    const cache = { keyFiles: [file], paths: ['modules'] };
    return cacheKeys({ step: runStep(), cache, run: context.run }, folder.path);
  };

  expect(await keysFor('etc/hostname')).toEqual({ missing: 'etc/hostname' });
  expect(await keysFor('name')).toEqual({ missing: 'name' });
});
