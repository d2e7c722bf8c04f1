import { join } from 'node:path';
import { expect, test } from 'vitest';
import { Fault } from '../../src/domain/fault.ts';
import { root } from '../docs/markdown.ts';
import { runCommand } from '../support/run-command.ts';
import { runCli } from './run-cli.ts';
import { runHere } from './run-here.ts';

test('wrong use is answered with exit code 2 and a suggestion, help with 0', async () => {
  const unknown = await runHere(['shwo', 'cart']);
  const missing = await runHere(['show']);
  const wrong = await runHere(['cancel', 'cart', '--rollout', 'forward']);
  const number = await runHere(['runs', '--limit', 'many']);
  const help = await runHere(['logs', '--help']);

  expect([unknown, missing, wrong, number, help].map(({ exitCode }) => exitCode)).toEqual([2, 2, 2, 2, 0]);
  expect(unknown.stderr).toContain('Did you mean show?');
  expect(wrong.stderr).toContain('leave, roll-back');
  expect(number.stderr).toContain('from 1 to 200');
});

test('every command has a description and an example', async () => {
  const overview = await runHere(['--help']);
  const lines = [...overview.stdout.matchAll(/^ {2}(?<name>[a-z]+) (?<rest>.+)$/gm)];
  const names = lines
    .map(({ groups }) => groups?.name ?? '')
    .filter((name) => !/^(help|completion)$/.test(name));

  const helps = await Promise.all(names.map((name) => runHere([name, '--help'])));

  expect(names).toEqual(
    expect.arrayContaining(['serve', 'worker', 'trigger', 'logs', 'lint', 'token', 'replay']),
  );
  for (const { stdout } of helps) expect(stdout).toMatch(/Examples?:|Commands:/);
  expect(overview.stdout).toContain('TRUNKLINE_TOKEN');
});

test('every command that answers something has it as JSON for programs', async () => {
  const names = async (words: string[]) =>
    [...(await runHere([...words, '--help'])).stdout.matchAll(/^ {2}(?<name>[a-z]+) .+$/gm)]
      .map(({ groups }) => groups?.name ?? '')
      .filter((name) => !/^(help|completion|serve|worker|demo|trunkline)$/.test(name));
  const groups = ['token', 'hook', 'import'];
  const plain = (await names([])).filter((name) => !groups.includes(name)).map((name) => [name]);
  const below = await Promise.all(
    groups.map(async (group) => (await names([group])).map((name) => [group, name])),
  );

  const helps = await Promise.all(
    [...plain, ...below.flat()].map(async (words) => ({
      command: words.join(' '),
      hasJson: (await runHere([...words, '--help'])).stdout.includes('--json'),
    })),
  );

  expect(helps.map(({ command }) => command)).toEqual(
    expect.arrayContaining(['trigger', 'logs', 'drain', 'token revoke', 'hook test', 'import jenkins']),
  );
  expect(helps.filter(({ hasJson }) => !hasJson)).toEqual([]);
});

test('an answer that cannot be written is our fault, in one line', async () => {
  const line = `"$0" "$1" --help >/dev/full 2>&1; echo $?; "$0" "$1" --help 2>&1 >/dev/full`;
  const program = join(root, 'test/cli/client-program.ts');

  const said = await runCommand('sh', ['-c', `${line}; true`, process.execPath, program]);

  expect(said).toMatch(/^3\ntrunkline: the answer could not be written: ENOSPC: .*\n$/);
});

test('the server commands hand their flags over, and a fault is our fault', async () => {
  const started: object[] = [];

  const served = await runHere(
    ['serve', '--port', '8080', '--data-dir', '/srv'],
    {},
    {
      serve: async (flags) => void started.push(flags),
    },
  );
  const broken = await runHere(
    ['worker'],
    {},
    {
      worker: async () => {
        throw new Fault('database-unreachable', 'Cannot reach the database', { hint: 'Check DATABASE_URL.' });
      },
    },
  );

  expect(served.exitCode).toBe(0);
  expect(started).toEqual([{ port: '8080', dataDir: '/srv' }]);
  expect(broken).toEqual({
    exitCode: 3,
    stdout: '',
    stderr: 'trunkline: Cannot reach the database\n  Check DATABASE_URL.\n',
  });
});

test('the shells complete commands and the values of options', async () => {
  const scripts = await Promise.all(['bash', 'zsh', 'fish'].map((shell) => runCli(['completion', shell])));
  const commands = await runCli(['complete', '--', 'ca']);
  const values = await runCli(['complete', '--', 'cancel', 'cart', '--rollout', '']);

  for (const { stdout, exitCode } of scripts) {
    expect(exitCode).toBe(0);
    expect(stdout).toContain('trunkline');
  }
  expect(commands.stdout).toContain('cancel');
  expect(values.stdout).toContain('roll-back');
});

test('bash completes with nothing else installed, and file names where it has nothing to offer', async () => {
  const script = `
    export PATH="$1:$PATH"
    source <(trunkline completion bash)
    complete -p trunkline
    COMP_WORDS=(trunkline cancel cart --rollout r) COMP_CWORD=4
    _trunkline
    echo "\${COMPREPLY[@]}"
    COMP_WORDS=(trunkline tr) COMP_CWORD=1
    _trunkline
    echo "\${COMPREPLY[@]}"`;

  const printed = await runCommand('bash', ['--norc', '-c', script, 'bash', join(root, 'bin')]);

  expect(printed.trim().split('\n')).toEqual([expect.stringContaining('-o default'), 'roll-back', 'trigger']);
});
