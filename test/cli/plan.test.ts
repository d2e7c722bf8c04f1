import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { runHere } from './run-here.ts';

const cart = `name: cart
source: { repository: shop, path: services/cart }
on: { commit: { branches: [trunk] } }
steps:
  - { id: image, build: { image: shop/cart } }
  - { id: unit, run: { from: image, commands: [npm test, npm run lint] } }
  - { id: style, needs: [image], run: { image: 'node:24', commands: [npx biome ci] } }
  - { id: push, needs: [unit, style], push: { image } }
  - { id: staging, deploy: { environment: staging, manifests: deploy/*.yaml } }
`;
const web = `name: web
source: { repository: shop }
on: { pipeline: { name: cart } }
steps: [{ id: image, build: { image: shop/web } }]
`;

test('a plan says what would run and why, draws its steps, and says why the rest would not', async () => {
  await using folder = await temporaryFolder();
  const files = [join(folder.path, 'cart.yaml'), join(folder.path, 'web.yaml')];
  await writeFile(files[0] ?? '', cart);
  await writeFile(files[1] ?? '', web);

  const result = await runHere(['plan', ...files, '--branch', 'trunk', '--path', 'services/cart/a.ts']);

  expect(result).toMatchObject({ exitCode: 0, stderr: '' });
  expect(result.stdout).toBe(`A commit to trunk: services/cart/a.ts

cart would run
    ✓ branches: trunk (asked for: trunk)
    ✓ paths: services/cart/a.ts modified (asked for: ** below services/cart)
    ✓ source: exists (asked for: services/cart exists)
      build  image    shop/cart from .
    ┌ run    unit     npm test (and 1 more) in the image of image
    └ run    style    npx biome ci in node:24
      push   push     image to the default registry as r\${revision}-\${run}
      deploy staging  to staging: deploy/*.yaml
    then, when it has succeeded: web

web would not run
    ✗ on: no commit trigger (asked for: commit)
    its steps:
      build image  shop/web from .

1 of 2 pipelines would run.
`);
});

test('a plan for programs has each filter and each step; a wrong file is told, and the exit code is 1', async () => {
  await using folder = await temporaryFolder();
  const files = [join(folder.path, 'cart.yaml'), join(folder.path, 'broken.yaml')];
  await writeFile(files[0] ?? '', cart);
  await writeFile(files[1] ?? '', cart.replace('steps:', 'stages:'));

  const result = await runHere(['plan', ...files, '--branch', 'side', '--json']);

  expect(result.exitCode).toBe(1);
  expect(JSON.parse(result.stdout)).toMatchObject({
    event: { kind: 'commit', branch: 'side', paths: [] },
    pipelines: [
      {
        name: 'cart',
        verdict: 'skip',
        filters: [
          { filter: 'branches', actual: 'side', passed: false },
          { filter: 'paths', passed: true },
        ],
        steps: [{ id: 'image' }, { id: 'unit', needs: ['image'] }, {}, {}, {}],
      },
    ],
    problems: [{ file: files[1] }, { file: files[1] }],
  });
});

test('a plan can be of each kind of event', async () => {
  await using folder = await temporaryFolder();
  const file = join(folder.path, 'web.yaml');
  await writeFile(
    file,
    web.replace('{ pipeline', "{ tag: { tags: ['v*'] }, schedule: { cron: '@daily' }, pipeline"),
  );
  const plan = (event: string, ...more: string[]) =>
    runHere(['plan', file, '--branch', 'trunk', '--event', event, ...more]);

  const plans = [
    await plan('tag:v1'),
    await plan('tag:x'),
    await plan('schedule'),
    await plan('pipeline:cart'),
    await plan('pipeline:cart', '--failed'),
    await plan('branch-created'),
    await plan('merge-request:main'),
    await plan('request'),
  ];

  const would = plans.map(({ stdout }) => /^web (would run|would not run)$/m.exec(stdout)?.[1]);
  const [yes, no] = ['would run', 'would not run'];
  expect(would).toEqual([yes, no, yes, yes, no, no, no, yes]);
  expect(plans[0]?.stdout).toContain('The tag v1 is created');
});

test('an event that does not exist is wrong use', async () => {
  await using folder = await temporaryFolder();
  const file = join(folder.path, 'cart.yaml');
  await writeFile(file, cart);

  const result = await runHere(['plan', file, '--event', 'moon']);

  expect(result).toMatchObject({ exitCode: 2, stdout: '' });
  expect(result.stderr).toContain('commit, merge-request:TARGET, gitlab-pipeline[:STATUS], branch-created');
});

test('the steps of a pipeline that has them in the repository are drawn where there is a checkout', async () => {
  await using folder = await temporaryFolder();
  const server = join(folder.path, 'cart.yaml');
  await writeFile(server, 'name: cart\nsource: { repository: shop, path: app }\nfile: ci.yaml\n');
  await mkdir(join(folder.path, 'tree/app'), { recursive: true });
  const plan = (dir: string) =>
    runHere(['plan', server, '--event', 'request', '--dir', join(folder.path, dir)]);

  const without = await plan('nowhere');
  await writeFile(
    join(folder.path, 'tree/app/ci.yaml'),
    'steps: [{ id: a, run: { image: x, commands: [ls] } }]\n',
  );
  const within = await plan('tree');
  await writeFile(
    join(folder.path, 'tree/app/ci.yaml'),
    'steps: [{ id: a, trigger: { pipeline: release } }]\n',
  );
  const refused = await plan('tree');

  expect(without.stdout).toContain(
    'its steps are in app/ci.yaml of shop: name a checkout of it, --dir FOLDER',
  );
  expect(within.stdout).toMatch(/run a {2}ls in x/);
  expect(refused.exitCode).toBe(1);
  expect(refused.stdout).toContain(
    "app/ci.yaml:1:39: the steps of 'cart' are in its repository and may not start",
  );
});

test('a plan takes values of parameters, and refuses what no pipeline takes', async () => {
  await using folder = await temporaryFolder();
  const file = join(folder.path, 'cart.yaml');
  const parameters = 'parameters: { level: { type: choice, options: [low, high], default: low } }';
  const step = '{ id: a, when: { parameters: { level: high } }, run: { image: x, commands: [ls] } }';
  await writeFile(file, `name: cart\nsource: { repository: shop }\n${parameters}\nsteps:\n  - ${step}\n`);
  const plan = (...given: string[]) => runHere(['plan', file, '--event', 'request', ...given]);

  const [high, low] = [await plan('--param', 'level=high'), await plan()];
  const [wrong, unknown] = [await plan('--param', 'level=top'), await plan('--param', 'levl=low')];
  const twice = await plan('--param', 'level=high', '--param', 'level=low');
  const asked = await runHere(['plan', file, '--param', 'level=high']);
  const commit = await runHere(['plan', file, '--param', 'level=high', '--event', 'commit']);

  expect([high, low].map(({ stdout }) => stdout.includes('skipped:'))).toEqual([false, true]);
  expect(wrong).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('cart takes no level=top') });
  expect(unknown.stderr).toContain("did you mean 'level'?");
  expect(twice).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('--param gives level twice.') });
  expect(asked).toEqual(high);
  expect(commit).toMatchObject({
    exitCode: 2,
    stderr: expect.stringContaining('Only whoever asks for a run gives values'),
  });
});
