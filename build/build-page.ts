import { createHash } from 'node:crypto';
import { globSync } from 'node:fs';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';

const root = join(import.meta.dirname, '..');
const page = join(root, 'dist/web');
const stampFile = join(root, 'dist/web.stamp');

process.exitCode = await main();

/** Builds the page where its sources, or what they are built with, have changed since the last time. */
async function main(): Promise<number> {
  const stamp = await stampOfSources();
  if ((await readFile(stampFile, 'utf8').catch(() => '')) === stamp) return 0;
  process.stderr.write('Building the page (once, and when its sources change) ...\n');
  const startedAt = performance.now();
  const vite = await import('vite').catch(() => null);
  if (vite === null) {
    process.stderr.write(
      'The page is not built: what builds it is not installed (run "npm ci" without --omit=dev).\n',
    );
    return 0;
  }
  // Two starts at once do not build into each other.
  const own = `${page}.${process.pid}`;
  await vite.build({ configFile: join(root, 'vite.config.ts'), logLevel: 'warn', build: { outDir: own } });
  await compressAll(own);
  await rm(page, { recursive: true, force: true });
  await mkdir(join(root, 'dist'), { recursive: true });
  await rename(own, page);
  await writeFile(stampFile, stamp);
  process.stderr.write(`The page is built (${((performance.now() - startedAt) / 1000).toFixed(1)} s).\n`);
  return 0;
}

async function stampOfSources(): Promise<string> {
  const hash = createHash('sha256');
  const sources = [
    'src/web/**/*.*',
    'src/domain/**/*.ts',
    'vite.config.ts',
    'build/*.ts',
    'package-lock.json',
  ];
  for (const file of globSync(sources, { cwd: root }).toSorted()) {
    hash.update(file).update(await readFile(join(root, file)));
  }
  return hash.digest('hex');
}

/** What the server sends as it lies there: compressed once, as well as can be. */
async function compressAll(folder: string): Promise<void> {
  for (const file of globSync('**/*.{js,css,html,svg}', { cwd: folder })) {
    const path = join(folder, file);
    const content = await readFile(path);
    const brotli = { params: { [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY } };
    await writeFile(`${path}.br`, await promisify(brotliCompress)(content, brotli));
    await writeFile(`${path}.gz`, await promisify(gzip)(content, { level: 9 }));
  }
}
