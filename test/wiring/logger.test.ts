import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { expect, it } from 'vitest';

it('the log shows an error with its code and causes, and nothing that a library hung on it', async () => {
  const logger = new URL('../../src/wiring/logger.ts', import.meta.url).href;
  const script = `
    const { createLogger } = await import(${JSON.stringify(logger)});
    const cause = Object.assign(new Error('connection lost'), { client: { password: 'hidden-word' } });
    const err = Object.assign(new Error('away', { cause }), { code: 'E1', command: { args: ['hidden-word'] } });
    (await createLogger()).warn({ err }, 'it failed');`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });

  const [printed] = await Promise.all([text(child.stderr), once(child, 'exit')]);

  expect(JSON.parse(printed)).toMatchObject({
    msg: 'it failed',
    err: { message: 'away', code: 'E1', cause: { message: 'connection lost' } },
  });
  expect(printed).not.toContain('hidden-word');
});
