import { join } from 'node:path';
import { expect, test } from 'vitest';
import { runCommand } from '../support/run-command.ts';

test('what a busy time has left on the heap is given back at rest', async () => {
  const busy = join(import.meta.dirname, 'rest-process.ts');

  expect(await runCommand(process.execPath, [busy])).toBe('given back');
});
