import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { expect, it } from 'vitest';
import { runCommand } from '../support/run-command.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const logger = new URL('../../src/wiring/logger.ts', import.meta.url).href;
const fault = new URL('../../src/domain/fault.ts', import.meta.url).href;

it('the log shows an error with its code and causes, and nothing that a library hung on it', async () => {
  const printed = await logOf(`
    const cause = Object.assign(new Error('connection lost'), { client: { password: 'hidden-word' } });
    const err = Object.assign(new Error('away', { cause }), { code: 'E1', command: { args: ['hidden-word'] } });`);

  expect(JSON.parse(printed)).toMatchObject({
    msg: 'it failed',
    err: { message: 'away', code: 'E1', stack: expect.any(String), cause: { message: 'connection lost' } },
  });
  expect(printed).not.toContain('hidden-word');
});

it('the log shows a fault that has a name with its hint, and without a stack', async () => {
  const printed = await logOf(`
    const { Fault } = await import(${JSON.stringify(fault)});
    const err = new Fault('scm-denied', 'wrong password', { hint: 'Look at credentials.', cause: new Error('E170001') });`);

  expect(JSON.parse(printed).err).toEqual({
    type: 'Fault',
    message: 'wrong password',
    code: 'scm-denied',
    hint: 'Look at credentials.',
    cause: { type: 'Error', message: 'E170001' },
  });
});

it('every line is written in order, also of a process that ends in the middle of a turn, or by a mistake', async () => {
  const lines = Array.from({ length: 500 }, (_, index) => `line ${index}`);
  const log = 'for (let index = 0; index < 500; index += 1) log.warn(`line ${index}`);';
  const told = (printed: string) =>
    printed.split('\n').flatMap((line) => (line.startsWith('{') ? [JSON.parse(line).msg] : []));

  const [exited, failed] = await Promise.all([
    outputOf(`const log = await createLogger(); ${log} process.exit();`),
    outputOf(`const log = await createLogger(); ${log} throw new Error('a mistake');`),
  ]);

  expect(told(exited)).toEqual(lines);
  expect(told(failed)).toEqual(lines);
});

it('a log that nobody can write holds nobody up, and goes on with what was lost when it can be written again', async () => {
  await using folder = await temporaryFolder();
  const pipe = join(folder.path, 'log');
  await runCommand('mkfifo', [pipe]);
  const program = join(import.meta.dirname, 'unwritable-log-process.ts');

  const { whole, other } = JSON.parse(await runCommand(process.execPath, [program, pipe]));

  expect(whole).toBeGreaterThan(1000);
  expect(JSON.parse(other).msg).toBe(`${2000 - whole} lines of this log were lost: it could not be written`);
});

/** What the logger writes of an error that the lines make. */
async function logOf(lines: string): Promise<string> {
  return outputOf(`${lines} (await createLogger()).warn({ err }, 'it failed');`);
}

async function outputOf(lines: string): Promise<string> {
  const script = `const { createLogger } = await import(${JSON.stringify(logger)}); ${lines}`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const [printed] = await Promise.all([text(child.stderr), once(child, 'exit')]);
  return printed;
}
