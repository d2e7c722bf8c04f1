import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import { waitFor } from '../wait-for.ts';

const program = join(import.meta.dirname, '../command/stay-with.ts');
/** What the demo does: it ends in order at either signal, with a code of its own. */
const child = `
for (const name of ['SIGINT', 'SIGTERM'])
  process.on(name, () => { process.stdout.write('ended by ' + name); process.exitCode = 7; clearInterval(alive); });
const alive = setInterval(() => {}, 1_000);
process.stdout.write('child ' + process.pid + '\\n');`;
const parent = `
import { spawn } from 'node:child_process';
import { stayWith } from ${JSON.stringify(program)};
process.exitCode = await stayWith(spawn(process.execPath, ['-e', ${JSON.stringify(child)}], { stdio: 'inherit' }));`;

test.each(['SIGINT', 'SIGTERM'] as const)(
  '%s to the command alone ends what it has started, in order, and the command with it',
  async (signal) => {
    const command = spawn(process.execPath, ['--input-type=module', '-e', parent], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let seen = '';
    command.stdout.on('data', (part) => {
      seen += part;
    });
    const whole = text(command.stdout);
    await waitFor(() => seen.includes('child '), { what: 'the child', deadlineMs: 60_000 });

    command.kill(signal);
    const [code] = await once(command, 'exit');

    expect(code).toBe(7);
    expect(await whole).toContain(`ended by ${signal}`);
  },
);
