import { createHash } from 'node:crypto';
import { lstat, readdir, readFile, readlink } from 'node:fs/promises';
import { join } from 'node:path';
import type { LockedExternal } from '../../../src/domain/external.ts';
import type { ExportRequest } from '../../../src/scm/source-control.ts';
import { WorkingCopies } from '../../../src/scm/subversion/copies/working-copies.ts';
import { runCommand } from '../../support/run-command.ts';
import type { Subversion } from '../../support/subversion.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { noStop, type SubversionUnderTest, subversionAt } from './subversion-at.ts';

type Limits = Partial<ConstructorParameters<typeof WorkingCopies>[0]>;

type Wish = Pick<ExportRequest, 'branch' | 'path' | 'revision' | 'generation'>;

interface Fetched {
  how?: string;
  externals?: readonly LockedExternal[];
  content: Record<string, string>;
}

/** The shop on a worker that keeps copies of it. */
export async function shopWithCopies(svn: Subversion, limits: Limits = {}, url = svn.root) {
  await using opening = new AsyncDisposableStack();
  const folder = opening.use(await temporaryFolder());
  const options = {
    folder: join(folder.path, 'copies'),
    aboveBytes: 0,
    mostBytes: 1e9,
    keepMs: 1e9,
    ...limits,
  };
  const worker = async () => opening.use(await subversionAt(url, { copies: new WorkingCopies(options) }));
  let source = worker();
  const plain = opening.use(await subversionAt(url));
  const home = async () => (await readdir(options.folder)).toSorted();
  let count = 0;
  /** A revision does not change: its tree is exported once. */
  const exported = new Map<string, Promise<Fetched>>();
  const treeOf = async (from: SubversionUnderTest, request: Wish) => {
    count += 1;
    const into = join(folder.path, `tree-${count}`);
    const { how, externals } = await from.scm.exportTree({ ...request, into }, noStop());
    const content = await contentOf(into);
    return { ...(how !== undefined && { how }), ...(externals && { externals }), content };
  };
  await source;
  const owned = opening.move();
  return {
    folder: folder.path,
    fetch: async (branch: string, revision: number, more: Partial<Wish> = {}): Promise<Fetched> =>
      treeOf(await source, { branch, path: '', revision: `${revision}`, generation: 1, ...more }),
    export(branch: string, revision: number): Promise<Fetched> {
      const place = `${branch}@${revision}`;
      const tree = exported.get(place) ?? treeOf(plain, { branch, path: '', revision: `${revision}` });
      exported.set(place, tree);
      return tree;
    },
    copies: async () => (await home()).map((id) => join(options.folder, id, 'tree')),
    records: async () =>
      Promise.all(
        (await home()).map(async (id) =>
          JSON.parse(await readFile(join(options.folder, id, 'record.json'), 'utf8')),
        ),
      ) as Promise<{ path: string }[]>,
    restart() {
      source = subversionAt(url, { copies: new WorkingCopies(options) }).then((next) => owned.use(next));
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

/** Type, permissions, time and content of everything. */
async function contentOf(root: string): Promise<Record<string, string>> {
  const names = await readdir(root, { recursive: true });
  const facts = names.toSorted().map(async (name) => {
    const path = join(root, name);
    const { mode, mtimeMs } = await lstat(path);
    const kind = mode & 0o170000;
    if (kind === 0o040000) return [name, `folder ${mode.toString(8)}`] as const;
    if (kind === 0o120000) return [name, `link ${await readlink(path)}`] as const;
    const hash = createHash('sha1')
      .update(await readFile(path))
      .digest('hex');
    return [name, `${mode.toString(8)} ${Math.floor(mtimeMs / 1000)} ${hash}`] as const;
  });
  return Object.fromEntries(await Promise.all(facts));
}

/** Everything that a revision can do to a tree. @returns the last revision */
export async function writeHistory(svn: Subversion): Promise<number> {
  const on = async (...actions: string[]) =>
    Number(
      /r(\d+) committed/.exec(
        await runCommand('svnmucc', ['--non-interactive', '-m', 'x', '-U', `file://${svn.path}`, ...actions]),
      )?.[1],
    );
  await svn.commit({
    files: {
      'trunk/a.txt': 'a',
      'trunk/d/e/f.txt': 'f',
      'trunk/d/k.txt': '$HeadURL$ $Rev$\n',
      'trunk/回.txt': '1\n2\n',
      'trunk/b.txt': 'b',
    },
  });
  await on(
    ...['propset', 'svn:keywords', 'HeadURL Rev', 'trunk/d/k.txt'],
    ...['propset', 'svn:executable', '*', 'trunk/b.txt'],
    ...['propset', 'svn:ignore', '*.o', 'trunk'],
  );
  await svn.commit({ files: { 'trunk/a.txt': 'changed', 'trunk/n/new.txt': 'n', 'trunk/回.txt': null } });
  await on('propset', 'svn:eol-style', 'CRLF', 'trunk/a.txt', 'propdel', 'svn:executable', 'trunk/b.txt');
  await on('rm', 'trunk/b.txt', 'mkdir', 'trunk/b.txt', 'cp', '1', 'trunk/d/e/f.txt', 'trunk/b.txt/in');
  await on('rm', 'trunk/d', 'cp', '1', 'trunk/a.txt', 'trunk/d');
  await on('mkdir', 'branches', 'cp', '3', 'trunk', 'branches/x', 'mkdir', 'trunk/left');
  await on('rm', 'trunk', 'cp', '2', 'trunk', 'trunk');
  await svn.commit({ files: { 'branches/x/own.txt': 'x', 'trunk/d/k.txt': 'no keyword\n' } });
  return on('rm', 'trunk', 'mkdir', 'trunk', 'put', join(svn.path, 'format'), 'trunk/a.txt');
}
