import { globSync, readFileSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const root = join(import.meta.dirname, '..');
const outsideWorld = ['store', 'logs'];
const engines = ['scm', 'images', 'clusters', 'notify', ...outsideWorld];

/** What each folder of `src/` may import besides itself, `domain/`, `config/` and `outgoing/`. */
const layers: Record<string, readonly string[]> = {
  domain: [],
  config: [],
  outgoing: [],
  store: [],
  logs: ['store'],
  scm: outsideWorld,
  docker: [],
  images: ['docker', ...outsideWorld],
  clusters: ['docker', ...outsideWorld],
  notify: outsideWorld,
  steps: engines,
  runs: ['steps', ...engines],
  triggers: ['runs', 'steps', ...engines],
  http: ['triggers', 'runs', 'steps', ...engines],
  jenkins: [],
  cli: ['jenkins', 'wiring.ts', 'wiring'],
  demo: ['cli', 'wiring', 'docker', 'clusters', 'store'],
  // Types only: a test of its own says so.
  web: ['http'],
};

/** Where the parts meet: may import them all; of the layers, only `cli/` may import it. */
const joinery = ['wiring'];

/** Libraries that several folders may use, because they are a language rather than a part of the outside world. */
const sharedLibraries = ['zod', 'yaml', 'saxes', 'tar-stream'];

type Import = { file: string; folder: string; target: string; isType: boolean };

const files = globSync('src/**/*.{ts,tsx}', { cwd: root });
const imports = files.flatMap(importsOf);

test('there is something to look at', () => {
  expect(files.length).toBeGreaterThan(100);
  expect(imports.length).toBeGreaterThan(files.length);
});

test('every folder of src is a known layer', () => {
  const folders = new Set(files.map(folderOf).filter((folder) => !folder.endsWith('.ts')));

  expect([...folders].filter((folder) => !(folder in layers) && !joinery.includes(folder))).toEqual([]);
});

test('imports go down the layers, never up', () => {
  const upwards = imports.filter(({ folder, target }) => {
    const targetFolder = target.startsWith('src/') ? folderOf(target) : folder;
    const allowed = layers[folder];
    if (allowed === undefined || targetFolder === folder) return false;
    const everywhere = folder === 'domain' ? [] : ['domain', 'config', 'outgoing', 'version.ts'];
    return ![...everywhere, ...allowed].includes(targetFolder);
  });

  expect(upwards.map(describe)).toEqual([]);
});

test('each outside library is imported by one folder, which knows its faults', () => {
  const libraries = imports.filter(({ target, isType }) => !isType && isLibrary(target));
  const users = Map.groupBy(libraries, ({ target }) => packageOf(target));
  const spread = [...users]
    .map(([library, uses]) => ({ library, folders: [...new Set(uses.map(({ folder }) => folder))].sort() }))
    .filter(({ library, folders }) => folders.length > 1 && !sharedLibraries.includes(library));

  expect(users.size).toBeGreaterThan(10);
  expect(spread).toEqual([]);
});

test('what the product imports is installed with it, also without what development needs', () => {
  const { dependencies } = JSON.parse(read('package.json'));
  // The page is built before it is installed, with what development needs.
  const libraries = imports.filter(
    ({ folder, target, isType }) => folder !== 'web' && !isType && isLibrary(target),
  );

  expect(libraries.filter(({ target }) => !(packageOf(target) in dependencies)).map(describe)).toEqual([]);
});

test('of the server the page takes types and the pure domain, all else it asks over HTTP', () => {
  const own = imports.filter(({ folder, target }) => folder === 'web' && target.startsWith('src/'));
  const strays = own.filter(({ target, isType }) => {
    const from = folderOf(target);
    const isContract = isType && target.startsWith('src/http/schemas/');
    return from !== 'web' && from !== 'domain' && !isContract;
  });

  expect(own.length).toBeGreaterThan(100);
  expect(strays.map(describe)).toEqual([]);
});

test('config is the only reader of the environment', () => {
  const readers = files.filter((file) => /\bprocess\.env\b|\benv\b.*from 'node:process'/.test(read(file)));

  expect(readers.filter((file) => folderOf(file) !== 'config')).toEqual([]);
});

test('nothing of the product imports a test or a benchmark', () => {
  const strays = imports.filter(({ target }) => target.startsWith('test/') || target.startsWith('bench/'));

  expect(strays.map(describe)).toEqual([]);
});

/** Static and dynamic imports; a relative target becomes a path from the root of the project. */
function importsOf(file: string): Import[] {
  const pattern =
    /^(?:import|export)\s+(type\s)?[^;']*?from '([^']+)'|^import '([^']+)'|\bimport\('([^']+)'\)/gm;
  return [...read(file).matchAll(pattern)].map((match) => {
    const target = match[2] ?? match[3] ?? match[4] ?? '';
    const isType = match[1] !== undefined;
    return {
      file,
      folder: folderOf(file),
      target: target.startsWith('.') ? join(file, '..', target) : target,
      isType,
    };
  });
}

/** "src/scm/git/clone.ts" -> "scm"; "src/wiring.ts" -> "wiring.ts" */
function folderOf(path: string): string {
  return path.split('/')[1] ?? '';
}

function isLibrary(target: string): boolean {
  return (
    !target.startsWith('node:') &&
    !/^((src|test|bench)\/|package\.json$)/.test(target) &&
    !builtinModules.includes(target)
  );
}

/** "@scope/name/sub" -> "@scope/name" */
function packageOf(target: string): string {
  return target
    .split('/')
    .slice(0, target.startsWith('@') ? 2 : 1)
    .join('/');
}

function read(file: string): string {
  return readFileSync(join(root, file), 'utf8');
}

function describe({ file, target }: Import): string {
  return `${file} imports ${target}`;
}
