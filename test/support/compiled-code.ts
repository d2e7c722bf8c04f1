import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { runCommand } from './run-command.ts';
import { temporaryFolder } from './temporary-folder.ts';

/** Names the folder in the environment of whatever runs inside the test run. */
const variable = 'TRUNKLINE_TEST_COMPILED';
const server = join(import.meta.dirname, '../../src/wiring/server.ts');

/** Lets the programs that tests start share what one of them has compiled: half of what it takes to start one. */
export async function shareCompiledCode(): Promise<AsyncDisposable> {
  const folder = await temporaryFolder();
  process.env[variable] = folder.path;
  return {
    async [Symbol.asyncDispose]() {
      delete process.env[variable];
      await folder[Symbol.asyncDispose]();
    },
  };
}

/** For the environment of a process that runs our sources. Nothing outside Vitest, such as where times are taken. */
export function compiledCode(): { NODE_COMPILE_CACHE?: string } {
  const folder = process.env[variable];
  return folder === undefined ? {} : { NODE_COMPILE_CACHE: folder };
}

/**
 * Compiles the server, once in a test run. Only a process that ends by itself leaves what it has compiled, and the
 * servers of tests are killed.
 */
export async function compileServer(): Promise<void> {
  const env = compiledCode();
  if (env.NODE_COMPILE_CACHE === undefined) return;
  const isFirst = await mkdir(join(env.NODE_COMPILE_CACHE, 'server')).then(
    () => true,
    () => false,
  );
  if (!isFirst) return;
  const program = `await import(${JSON.stringify(server)})`;
  await runCommand(process.execPath, ['--input-type=module', '--eval', program], {
    env,
    deadlineMs: 240_000,
  });
}
