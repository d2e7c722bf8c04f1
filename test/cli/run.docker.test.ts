import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { baseImage, dockerEngine } from '../support/docker.ts';
import { runCommand } from '../support/run-command.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { waitFor } from '../support/wait-for.ts';
import { startCli } from './run-cli.ts';
import { runHere } from './run-here.ts';

const pipeline = `name: cart
source: { repository: shop, path: app }
steps:
  - { id: image, build: { image: shop/cart } }
  - { id: test, run: { from: image, commands: ['cat /built/greeting', 'echo to $WHO > left', 'cat left', 'echo run $TRUNKLINE_RUN'] } }
  - { id: slow, needs: [image], run: { from: image, commands: ['sleep 300'] } }
  - { id: push, needs: [test], push: { image } }
`;

async function projectFolder() {
  const { host: engine } = await dockerEngine();
  const base = await baseImage();
  const folder = await temporaryFolder();
  await mkdir(join(folder.path, 'app'));
  await writeFile(join(folder.path, 'cart.yaml'), pipeline);
  await writeFile(join(folder.path, 'app/Dockerfile'), `FROM ${base}\nCOPY . /built/\n`);
  await writeFile(join(folder.path, 'app/greeting'), 'hello\n');
  const args = ['run', join(folder.path, 'cart.yaml'), '--dir', folder.path];
  return { engine, folder, args, environment: { DOCKER_HOST: engine } };
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

test('Ctrl-C ends the container, and leaves nothing behind', async () => {
  const project = await projectFolder();
  await using _folder = project.folder;
  await using temporary = await temporaryFolder();
  const environment = { ...project.environment, TMPDIR: temporary.path, PATH: process.env.PATH ?? '' };
  const containers = () =>
    runCommand('docker', ['-H', project.engine, 'ps', '--all', '--format', '{{.Command}}', '--no-trunc']);
  const { child, printed, result } = startCli([...project.args, '--only', 'slow'], environment);
  await waitFor(() => printed.stdout.includes('+ sleep 300'), { what: 'the container', deadlineMs: 60_000 });

  child.kill('SIGINT');
  const { exitCode, stdout } = await result;

  expect(exitCode).toBe(1);
  expect(stdout).toMatch(/^cart cancelled: cancelled by you$/m);
  expect(await containers()).not.toContain('+ sleep 300');
  expect(await readdir(temporary.path)).toEqual([]);
});
