import { shareCompiledCode } from './compiled-code.ts';
import { watchForLeftovers } from './left-behind.ts';
import { addSystemFoldersToPath } from './system-path.ts';
import { startTestRun } from './test-run.ts';

/** Runs in Vitest's own process, around all test files; the function it returns runs after the last one. */
export async function setup(): Promise<() => Promise<void>> {
  addSystemFoldersToPath();
  const around = new AsyncDisposableStack();
  around.use(await watchForLeftovers());
  around.use(await shareCompiledCode());
  around.use(await startTestRun());
  return () => around.disposeAsync();
}
