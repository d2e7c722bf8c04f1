import { mkdir, readFile, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { placeArtifacts } from '../../src/runs/place-artifacts.ts';
import type { RunWorkspace } from '../../src/runs/workspaces.ts';
import { createArtifactKeeper, type EntriesOf } from '../../src/steps/run/keep-artifacts.ts';
import { artifactsOf, removeOldArtifacts } from '../../src/store/artifacts.ts';
import { type Db, openDatabase } from '../../src/store/database.ts';
import { startDatabase } from '../support/postgres.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { pipelineOf, startEngine, succeeded } from './engine-under-test.ts';

const mostBytes = 8 * 2 ** 20;
const large = Buffer.alloc(3 * 2 ** 20, 'abc');

test('what the patterns name is kept and put into a later tree: files of any size, with their modes, no links', async () => {
  await using tested = await startStore();
  const { db } = tested;
  await using folder = await temporaryFolder();
  await mkdir(join(folder.path, 'dist'));
  await writeFile(join(folder.path, 'dist/app.js'), 'of the tree');
  const entriesOf = container({
    'dist/app.js': large,
    'dist/a/empty': Buffer.alloc(0),
    'dist/a.map': Buffer.from('no'),
    'dist/link': '/etc/passwd',
    'report.xml': Buffer.from('<x/>'),
    'src/x': Buffer.from('no'),
  });

  const kept = await createArtifactKeeper(db, { mostBytes })(
    ['dist/**', '!**/*.map', 'report.xml'],
    entriesOf,
  );

  if (!('kept' in kept)) throw new Error(kept.refused);
  const artifacts = kept.kept;
  expect(artifacts).toMatchObject({ files: 3, bytes: large.length + 4 });
  const rows = await artifactsOf(db, [artifacts.set]);
  expect(rows.map(({ path }) => path)).toEqual(['dist/a/empty', 'dist/app.js', 'report.xml']);
  await placeArtifacts(db, [{ stepId: 'build', artifacts }], folder.path);
  expect((await readFile(join(folder.path, 'dist/app.js'))).equals(large)).toBe(true);
  expect(await readFile(join(folder.path, 'dist/a/empty'), 'utf8')).toBe('');
  expect((await stat(join(folder.path, 'report.xml'))).mode & 0o777).toBe(0o755);
});

test.each([
  {
    title: 'a folder of the tree that is a link',
    link: 'dist',
    path: 'dist/app.js',
    problem: 'link or a file',
  },
  { title: 'a folder where the file goes', folder: 'dist/app.js', path: 'dist/app.js', problem: 'a folder' },
])('$title is never written through', async ({ link, folder: existing, path, problem }) => {
  await using tested = await startStore();
  const { db } = tested;
  await using folder = await temporaryFolder();
  await using outside = await temporaryFolder();
  if (link !== undefined) await symlink(outside.path, join(folder.path, link));
  if (existing !== undefined) await mkdir(join(folder.path, existing), { recursive: true });
  const kept = await createArtifactKeeper(db, { mostBytes })(['**'], container({ [path]: Buffer.from('x') }));
  if (!('kept' in kept)) throw new Error(kept.refused);

  const placing = placeArtifacts(db, [{ stepId: 'build', artifacts: kept.kept }], folder.path);

  await expect(placing).rejects.toMatchObject({
    code: 'scm-broken-tree',
    isRetryable: false,
    message: expect.stringContaining(problem),
  });
  await expect(stat(join(outside.path, 'app.js'))).rejects.toMatchObject({ code: 'ENOENT' });
});

test('a link where the file goes is replaced, and not what it points at', async () => {
  await using tested = await startStore();
  await using folder = await temporaryFolder();
  await using outside = await temporaryFolder();
  await writeFile(join(outside.path, 'secret'), 'untouched');
  await symlink(join(outside.path, 'secret'), join(folder.path, 'out'));
  const keep = createArtifactKeeper(tested.db, { mostBytes });
  const kept = await keep(['out'], container({ out: Buffer.from('new') }));
  if (!('kept' in kept)) throw new Error(kept.refused);

  await placeArtifacts(tested.db, [{ stepId: 'build', artifacts: kept.kept }], folder.path);

  expect(await readFile(join(folder.path, 'out'), 'utf8')).toBe('new');
  expect(await readFile(join(outside.path, 'secret'), 'utf8')).toBe('untouched');
});

test('too much, or nothing at all, is refused', async () => {
  await using tested = await startStore();
  const { db } = tested;
  const entriesOf = container({ a: Buffer.alloc(6), b: Buffer.alloc(6), latest: 'a' });

  expect(await createArtifactKeeper(db, { mostBytes: 11 })(['**'], entriesOf)).toEqual({
    refused: 'they are more than the 11 bytes that the server keeps of a step',
  });
  expect(await createArtifactKeeper(db, { mostBytes })(['dist/**', 'c'], entriesOf)).toEqual({
    refused: 'there is no file for dist/**, c',
  });
  expect(await createArtifactKeeper(db, { mostBytes })(['latest'], entriesOf)).toEqual({
    refused: 'there is no file for latest, only links, which are left out: latest',
  });
});

test('artifacts go with their age, and a step that needs them says so', async () => {
  await using tested = await startStore();
  const { db } = tested;
  await using folder = await temporaryFolder();
  const keep = createArtifactKeeper(db, { mostBytes });
  const [old, young] = [
    await keep(['a'], container({ a: large })),
    await keep(['a'], container({ a: large })),
  ];
  if (!('kept' in old && 'kept' in young)) throw new Error('nothing was kept');
  const { set } = old.kept;
  const created_at = new Date(Date.now() - 3_600_000);
  await db.updateTable('artifact').set({ created_at }).where('set_id', '=', set).execute();

  const removed = await removeOldArtifacts(db, 1_800_000);

  expect(removed).toBe(1);
  const chunks = await db.selectFrom('artifact_chunk').select('seq').orderBy('seq').execute();
  expect(chunks.map(({ seq }) => seq)).toEqual([0, 1, 2]);
  const placing = placeArtifacts(db, [{ stepId: 'build', artifacts: old.kept }], folder.path);
  await expect(placing).rejects.toThrow('the artifacts of step build are not kept any more');
});

test('later run and build steps find them in their tree, a step that does not wait and a deploy step do not', async () => {
  await using engine = await startEngine();
  await using folder = await temporaryFolder();
  const keep = createArtifactKeeper(engine.db, { mostBytes });
  const seen: Record<string, string> = {};
  const copyPath = ({ stepId }: { stepId: string }) => join(folder.path, stepId);
  const workspace: RunWorkspace = {
    tree: async () => folder.path,
    copyPath,
    async copy(attempt) {
      await mkdir(copyPath(attempt));
      return copyPath(attempt);
    },
    remove: async () => undefined,
  };
  engine.startWorker(
    async (step, context) => {
      const path = join(await context.workspace(), 'dist/app.js');
      seen[step.id] = await readFile(path, 'utf8').catch(() => 'none');
      if (step.id !== 'make') return succeeded;
      const kept = await keep(['dist'], container({ 'dist/app.js': Buffer.from('made') }));
      return { outcome: 'succeeded', output: 'kept' in kept ? { artifacts: kept.kept } : {} };
    },
    { workspaces: { open: () => workspace, removeLeftovers: async () => undefined } },
  );
  const runId = await engine.createRun(
    pipelineOf(
      { id: 'make' },
      { id: 'image', kind: 'build' },
      { id: 'test' },
      { id: 'live', kind: 'deploy', environment: 'live' },
      { id: 'other', needs: [] },
    ),
  );
  await engine.deliver(runId);

  const run = await engine.ended(runId);

  expect(run).toMatchObject({ outcome: 'succeeded', reason: null });
  expect(seen).toEqual({ make: 'none', other: 'none', image: 'made', test: 'made', live: 'none' });
});

async function startStore(): Promise<AsyncDisposable & { db: Db }> {
  const stack = new AsyncDisposableStack();
  const { url } = stack.use(await startDatabase());
  const { db } = stack.use(openDatabase({ url, applicationName: 'artifacts test' }));
  return { db, [Symbol.asyncDispose]: () => stack.disposeAsync() };
}

/** What an engine gives of a workspace with these files and links (texts). */
function container(files: Record<string, Buffer | string>): EntriesOf {
  return async function* (folder) {
    const base = folder === '' ? 'workspace' : folder.split('/').at(-1);
    const inside = Object.keys(files).filter((path) => isIn(folder, path));
    for (const path of inside) {
      const given = files[path] ?? '';
      const [type, content] =
        typeof given === 'string' ? (['symlink', Buffer.alloc(0)] as const) : (['file', given] as const);
      const below = folder === '' ? `/${path}` : path.slice(folder.length);
      const facts = { path: `${base}${below}`, type, bytes: content.length, mode: 0o755 };
      const link = { modifiedAt: new Date(0), linkname: '' };
      yield { ...facts, ...link, content: piecesOf(content) };
    }
  };
}

function isIn(folder: string, path: string): boolean {
  return folder === '' || path === folder || path.startsWith(`${folder}/`);
}

async function* piecesOf(content: Buffer): AsyncGenerator<Buffer> {
  for (let at = 0; at < content.length; at += 700_000) yield content.subarray(at, at + 700_000);
}
