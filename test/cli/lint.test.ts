import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { runCli } from './run-cli.ts';
import { runHere } from './run-here.ts';

const pipeline = `name: cart
source: { repository: shop, path: services/cart }
on:
  commit: { branches: [trunk] }
steps:
  - id: image
    build: { context: ., image: shop/cart }
  - id: push
    push: { image }
  - id: staging
    deploy: { environment: staging, manifests: deploy/*.yaml }
`;

test('a good pipeline file has no problems', async () => {
  await using folder = await temporaryFolder();
  const file = join(folder.path, 'cart.yaml');
  await writeFile(file, pipeline);

  const result = await runHere(['lint', file]);

  expect(result).toEqual({ exitCode: 0, stdout: `No problems in ${file}\n`, stderr: '' });
});

test('problems are shown with their place, as text or JSON, and the exit code is 1', async () => {
  await using folder = await temporaryFolder();
  const file = join(folder.path, 'cart.yaml');
  await writeFile(file, pipeline.replace('context:', 'contxt:'));

  const text = await runHere(['lint', file]);
  const json = await runHere(['lint', file, '--json']);

  expect(text).toMatchObject({ exitCode: 1, stderr: '' });
  expect(text.stdout).toContain(`${file}:7:14:`);
  expect(text.stdout).toMatch(/^1 problem$/m);
  expect(JSON.parse(json.stdout).problems).toMatchObject([{ file, line: 7, column: 14 }]);
});

test('what only Subversion or only Git can tell is a problem with a repository of the other kind', async () => {
  await using folder = await temporaryFolder();
  const config = join(folder.path, 'trunkline.yaml');
  const repositories =
    'repositories:\n  shop: { svn: svn://svn.example.com/shop }\n  web: { git: https://git.example.com/web.git }\n';
  await writeFile(config, repositories);
  const triggers = `on:
  commit: { revision-properties: { 'review:state': ['^approved$'] } }
  branch: { events: [created, renamed] }
  merge-request: true
`;
  const problemsWith = async (repository: string) => {
    const file = join(folder.path, `${repository}.yaml`);
    const steps = 'steps: [{ id: test, run: { image: busybox, commands: [make] } }]\n';
    await writeFile(file, `name: ${repository}\nsource: { repository: ${repository} }\n${triggers}${steps}`);
    const { problems } = JSON.parse((await runHere(['lint', file, '--config', config, '--json'])).stdout);
    return problems.map(({ line, message }: { line: number; message: string }) => `${line}: ${message}`);
  };

  expect(await problemsWith('web')).toEqual([
    "4: 'web' is a Git repository, and only Subversion has 'revision-properties': every one of them is an empty text here",
    "5: 'web' is a Git repository, and only in Subversion is a branch 'renamed': this starts nothing",
  ]);
  expect(await problemsWith('shop')).toEqual([
    "6: 'shop' is a Subversion repository, and only Git has 'merge-request': this starts nothing",
  ]);
});

test("names are checked against a server's config when it is given", async () => {
  await using folder = await temporaryFolder();
  const file = join(folder.path, 'cart.yaml');
  const config = join(folder.path, 'trunkline.yaml');
  await writeFile(file, pipeline);
  await writeFile(
    config,
    'repositories:\n  shop: { svn: svn://svn.example.com/shop, hook: { token: { env: HOOK } } }\n',
  );

  const result = await runHere(['lint', file, '--config', config], { HOOK: 'a-hook-secret' });

  expect(result.exitCode).toBe(1);
  expect(result.stdout).toContain("the server knows no environment 'staging'");
});

test('unknown names are told beside all other mistakes of the file, and where a secret is missing here', async () => {
  await using folder = await temporaryFolder();
  const file = join(folder.path, 'cart.yaml');
  const config = join(folder.path, 'trunkline.yaml');
  await writeFile(
    file,
    pipeline.replace('context:', 'contxt:').replace('name: cart', 'name: cart\nname: cart'),
  );
  await writeFile(
    config,
    'repositories:\n  shop2: { svn: svn://svn.example.com/shop, hook: { token: { env: HOOK } } }\n',
  );

  const result = await runHere(['lint', file, '--config', config, '--json']);

  const { problems, missing } = JSON.parse(result.stdout);
  expect(missing).toMatchObject([
    { file: config, line: 2, message: 'the environment variable HOOK is not set' },
  ]);
  expect(problems).toMatchObject([
    { file, line: 2, column: 1, message: 'this key is given twice' },
    { file, line: 3, message: "the server knows no repository 'shop'", hint: "did you mean 'shop2'?" },
    { file, line: 8, message: "unknown key 'contxt'", hint: "did you mean 'context'?" },
    { file, line: 10, message: "the server's config names no registry" },
    { file, line: 12, message: "the server knows no environment 'staging'" },
  ]);
});

test('what a secret is read from on the machine of the server is missed here, and no mistake', async () => {
  await using folder = await temporaryFolder();
  const config = join(folder.path, 'trunkline.yaml');
  const token = { file: join(folder.path, 'token') };
  const hook = { token: { env: 'HOOK' } };
  const shop = { svn: 'svn://svn.example.com/shop', hook };
  const npm = { value: token, pipelines: ['cart'] };
  await writeFile(config, JSON.stringify({ repositories: { shop }, secrets: { npm } }));
  const file = join(folder.path, 'cart.yaml');
  await writeFile(
    file,
    'name: cart\nsource: { repository: shop }\nsteps: [{ id: one, approve: { by: [ops] } }]\n',
  );

  const result = await runHere(['lint', file, '--config', config]);

  expect(result.exitCode).toBe(0);
  expect(result.stdout).toContain(
    'the environment variable HOOK is not set on this machine: the server needs it',
  );
  expect(result.stdout).toContain(`cannot read the file ${token.file} (ENOENT) on this machine`);
  expect(result.stdout).toContain('No problems in 2 files');
});

test('the caret stands below its place also after Chinese characters', async () => {
  await using folder = await temporaryFolder();
  const file = join(folder.path, 'cart.yaml');
  await writeFile(file, pipeline.replace('branches: [trunk]', "paths: ['文档/**', 1.10]"));

  const { stdout } = await runHere(['lint', file]);

  expect(stdout).toContain(["  commit: { paths: ['文档/**', 1.10] }", `${' '.repeat(31)}^`].join('\n  '));
  expect(stdout).toContain("put it in quotes: '1.10'");
});

test('a file that cannot be read is wrong use', async () => {
  const result = await runHere(['lint', '/nowhere/cart.yaml']);

  expect(result).toMatchObject({ exitCode: 2, stdout: '' });
  expect(result.stderr).toContain('Cannot read /nowhere/cart.yaml (ENOENT).\n  There is no such file');
});

test('without file names, what a server started here would read is checked', async () => {
  await using folder = await temporaryFolder();
  await mkdir(join(folder.path, 'pipelines/examples'), { recursive: true });
  await writeFile(join(folder.path, 'pipelines/cart.yaml'), pipeline);
  await writeFile(join(folder.path, 'pipelines/examples/other.yaml'), 'not: live');
  await writeFile(
    join(folder.path, 'trunkline.yaml'),
    'repositories: { shop: { svn: svn://svn.example.com/shop } }',
  );

  const checked = await runCli(['lint'], {}, folder.path);
  await rm(join(folder.path, 'pipelines'), { recursive: true });
  await rm(join(folder.path, 'trunkline.yaml'));
  const nothing = await runCli(['lint'], {}, folder.path);

  expect(checked.exitCode).toBe(1);
  expect(checked.stdout).toContain("the server knows no environment 'staging'");
  expect(checked.stdout).toMatch(/^2 problems$/m);
  expect(nothing).toMatchObject({ exitCode: 2, stdout: '' });
});

test('pipelines that would start each other without end are told, also without a config', async () => {
  await using folder = await temporaryFolder();
  const files = ['cart', 'web'].map((name) => join(folder.path, `${name}.yaml`));
  const runsAfter = (name: string) => `on: { pipeline: { name: ${name} } }`;
  const written = pipeline.replace(/on:\n.*\n/, 'on: {}\n');
  await writeFile(files[0] ?? '', written.replace('on: {}', runsAfter('web')));
  await writeFile(
    files[1] ?? '',
    written.replace('on: {}', runsAfter('cart')).replace('name: cart', 'name: web'),
  );

  const result = await runHere(['lint', ...files]);

  expect(result.exitCode).toBe(1);
  expect(result.stdout).toContain('without end: cart -> web -> cart');
});

test('a file on standard input is checked, and called -', async () => {
  const program = join(import.meta.dirname, '../../src/main.ts');
  const child = spawn(process.execPath, [program, 'lint', '-'], { stdio: ['pipe', 'pipe', 'inherit'] });

  child.stdin.end('name: cart\nsource: { repository: shop }\nsteps: [{ id: a, rum: {} }]\n');
  const [printed] = await Promise.all([text(child.stdout), once(child, 'exit')]);

  expect(child.exitCode).toBe(1);
  expect(printed).toMatch(/^-:3:18: unknown key 'rum'\n/m);
});
