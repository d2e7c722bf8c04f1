import { spawn } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { baseImage, dockerEngine } from '../support/docker.ts';
import { runCommand } from '../support/run-command.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { waitFor } from '../support/wait-for.ts';
import { startCli } from './run-cli.ts';
import { runHere } from './run-here.ts';

/** @param slow a command that takes long, unlike that of any other test */
const pipelineWith = (slow: string) => `name: cart
source: { repository: shop, path: app }
steps:
  - { id: image, build: { image: shop/cart } }
  - { id: test, run: { from: image, commands: ['cat /built/greeting', 'echo to $WHO > left', 'cat left', 'echo run $TRUNKLINE_RUN'] } }
  - { id: slow, needs: [image], run: { from: image, commands: ['${slow}'] } }
  - { id: push, needs: [test], push: { image } }
`;

async function projectFolder() {
  const { host: engine } = await dockerEngine();
  const base = await baseImage();
  const folder = await temporaryFolder();
  await mkdir(join(folder.path, 'app'));
  const slow = `sleep ${randomInt(1_000, 1_000_000_000)}`;
  await writeFile(join(folder.path, 'cart.yaml'), pipelineWith(slow));
  await writeFile(join(folder.path, 'app/Dockerfile'), `FROM ${base}\nCOPY . /built/\n`);
  await writeFile(join(folder.path, 'app/greeting'), 'hello\n');
  const args = ['run', join(folder.path, 'cart.yaml'), '--dir', folder.path];
  /** The command lines of all containers that there are. */
  const containers = () =>
    runCommand('docker', ['-H', engine, 'ps', '--all', '--format', '{{.Command}}', '--no-trunc']);
  return { engine, folder, args, slow, containers, environment: { DOCKER_HOST: engine } };
}

test('a pipeline runs on the folder as it is, which stays as it is; what only a server may do is left out', async () => {
  const project = await projectFolder();
  await using folder = project.folder;
  const { args, environment } = project;

  const run = await runHere([...args, '--only', 'push', '--env', 'WHO=${you}', '--json'], environment);

  expect(run.exitCode).toBe(0);
  expect(run.stderr).toMatch(/^test {2}│ hello$/m);
  expect(run.stderr).toMatch(/^test {2}│ to \$\{you\}$/m);
  expect(run.stderr).toMatch(/^test {2}│ run \d{10}$/m);
  expect(JSON.parse(run.stdout)).toMatchObject({
    outcome: 'succeeded',
    steps: [
      { id: 'image', outcome: 'succeeded' },
      { id: 'test', outcome: 'succeeded' },
      { id: 'push', reason: 'nothing is pushed without --push', output: { leftOut: true } },
    ],
  });
  expect(await readdir(join(folder.path, 'app'))).toEqual(['Dockerfile', 'greeting']);
});

test('a step that waits for a schedule is tried as if it were time, and a secret that is not here is told as such', async () => {
  const { host: DOCKER_HOST } = await dockerEngine();
  const image = await baseImage();
  await using folder = await temporaryFolder();
  const run = (id: string, more: string) => `  - { id: ${id}, needs: []${more}, run: { image: '${image}', `;
  const steps = [
    `${run('nightly', ', when: { trigger: [schedule] }')}commands: ['echo $TRUNKLINE_TRIGGER'] } }`,
    `${run('publish', '')}commands: ['true'], secrets: { NPM_TOKEN: npm-token } } }`,
  ];
  const file = join(folder.path, 'cart.yaml');
  await writeFile(file, `name: cart\nsource: { repository: shop }\nsteps:\n${steps.join('\n')}\n`);

  const args = ['run', file, '--dir', folder.path, '--trigger', 'schedule', '--json'];
  const { stdout, stderr } = await runHere(args, { DOCKER_HOST });

  expect(stderr).toMatch(/^nightly │ schedule$/m);
  expect(JSON.parse(stdout)).toMatchObject({
    outcome: 'failed',
    steps: [
      { id: 'nightly', outcome: 'succeeded' },
      {
        id: 'publish',
        outcome: 'failed',
        reason: expect.stringMatching(
          /^the variable NPM_TOKEN is not set here, .* with --env NPM_TOKEN=VALUE$/,
        ),
      },
    ],
  });
});

test('a cache of a step is kept for the next run, and that there is nowhere to keep it is told', async () => {
  const { host: DOCKER_HOST } = await dockerEngine();
  const image = await baseImage();
  await using folder = await temporaryFolder();
  await using own = await temporaryFolder();
  const commands = `commands: ['test -e made/it || echo made here', 'mkdir -p made && touch made/it']`;
  const cache = 'cache: [{ key-files: [lock], paths: [made] }]';
  const step = `{ id: a, run: { image: '${image}', ${commands}, ${cache} } }`;
  await writeFile(join(folder.path, 'lock'), '1');
  await writeFile(join(folder.path, 'p.yaml'), `name: p\nsource: { repository: r }\nsteps:\n  - ${step}\n`);
  const args = ['run', join(folder.path, 'p.yaml'), '--dir', folder.path];
  const outputOf = async (environment: Record<string, string>) =>
    (await runHere(args, { DOCKER_HOST, ...environment })).stdout;

  const first = await outputOf({ XDG_CACHE_HOME: own.path });
  const second = await outputOf({ XDG_CACHE_HOME: own.path });
  const nowhere = await outputOf({ HOME: join(folder.path, 'lock') });

  expect(first).toMatch(/cache miss: made.*│ made here.*cache kept: made/s);
  expect(second).toMatch(/cache hit: made/);
  expect(second).not.toMatch(/│ made here/);
  expect(nowhere).toMatch(/cache not used: none is kept on this machine.*│ made here/s);
  expect(await readdir(folder.path)).toEqual(['lock', 'p.yaml']);
});

test('a terminal that is closed ends the container, and leaves nothing behind', async () => {
  const project = await projectFolder();
  await using _folder = project.folder;
  await using temporary = await temporaryFolder();
  const environment = { ...project.environment, TMPDIR: temporary.path, PATH: process.env.PATH ?? '' };
  const client = join(import.meta.dirname, 'client-program.ts');
  const command = [process.execPath, client, ...project.args, '--only', 'slow'].join(' ');
  const terminal = spawn('script', ['--quiet', '--flush', '--command', command, '/dev/null'], {
    env: environment,
    stdio: 'ignore',
  });
  const isAtWork = async () => (await project.containers()).includes(project.slow);
  await waitFor(isAtWork, { what: 'the container', deadlineMs: 60_000 });

  terminal.kill('SIGKILL');

  await waitFor(async () => !(await isAtWork()), { what: 'the end of the container', deadlineMs: 60_000 });
  const isEmpty = async () => (await readdir(temporary.path)).length === 0;
  await waitFor(isEmpty, { what: 'the end of the run', deadlineMs: 60_000 });
});

test('Ctrl-C ends the container, and leaves nothing behind', async () => {
  const project = await projectFolder();
  await using _folder = project.folder;
  await using temporary = await temporaryFolder();
  const environment = { ...project.environment, TMPDIR: temporary.path, PATH: process.env.PATH ?? '' };
  const { child, printed, result } = startCli([...project.args, '--only', 'slow'], environment);
  await waitFor(() => printed.stdout.includes(`+ ${project.slow}`), {
    what: 'the container',
    deadlineMs: 60_000,
  });

  child.kill('SIGINT');
  const { exitCode, stdout } = await result;

  expect(exitCode).toBe(1);
  expect(stdout).toMatch(/^cart cancelled: cancelled by you$/m);
  expect(await project.containers()).not.toContain(project.slow);
  expect(await readdir(temporary.path)).toEqual([]);
});
