import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { makeGitRepository } from '../support/git-repository.ts';
import { startSubversion } from '../support/subversion.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { runHere } from './run-here.ts';

const node = `templates:
  node: { run: { image: 'node:24', commands: [npm test] } }
`;

async function folderWith(files: Record<string, string>) {
  const folder = await temporaryFolder();
  const put = async (name: string, text: string) => {
    const path = join(folder.path, name);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, text);
    return path;
  };
  for (const [name, text] of Object.entries(files)) await put(name, text);
  return Object.assign(folder, { put });
}

function pipeline(...includes: string[]): string {
  return `name: cart
source: { repository: shop }
on: { commit: {} }
include: [${includes.join(', ')}]
steps: [{ id: test, extends: node }]
`;
}

test('lint, plan and run follow a file that stands below the pipeline files', async () => {
  await using folder = await folderWith({
    'pipelines/cart.yaml': pipeline('{ file: shared/node.yaml }'),
    'pipelines/shared/node.yaml': node.replace('commands', 'comands'),
  });
  const file = join(folder.path, 'pipelines/cart.yaml');
  const fragment = join(folder.path, 'pipelines/shared/node.yaml');

  const wrong = await runHere(['lint', file]);
  const refused = await runHere(['run', file]);
  await folder.put('pipelines/shared/node.yaml', node);
  const good = await runHere(['lint', file, fragment]);
  const planned = await runHere(['plan', file, '--branch', 'trunk', '--json']);

  expect(wrong.stdout).toContain(
    `${fragment}:2:36: unknown key 'comands' (used by the step in ${file}, line 5)`,
  );
  expect(refused).toMatchObject({ exitCode: 1 });
  expect(good).toMatchObject({ exitCode: 0, stdout: 'No problems in 2 files\n' });
  expect(JSON.parse(planned.stdout).pipelines[0].steps).toMatchObject([
    { id: 'test', kind: 'run', from: { image: 'node:24' } },
  ]);
});

test('a link that leads out of the folder of the pipeline files is not followed', async () => {
  await using folder = await folderWith({ 'secret.yaml': 'templates: { node: {} }', 'pipelines/a.txt': '' });
  await symlink(join(folder.path, 'secret.yaml'), join(folder.path, 'pipelines/node.yaml'));
  const file = await folder.put('pipelines/cart.yaml', pipeline('{ file: node.yaml }'));

  const { exitCode, stdout } = await runHere(['lint', file]);

  expect(exitCode).toBe(1);
  expect(stdout).toContain('node.yaml cannot be included: it is not below');
});

test('files of Subversion and Git repositories are read at their fixed revisions, with the server file', async () => {
  await using subversion = await startSubversion();
  await using git = await makeGitRepository();
  const revision = await subversion.commit({ files: { 'trunk/ci/node.yaml': node } });
  await subversion.commit({ files: { 'trunk/ci/node.yaml': 'not: this' } });
  const other = 'templates:\n  other: { run: { image: busybox, commands: [ls] } }\n';
  const commit = await git.commit({ files: { 'ci/other.yaml': other } });
  await git.commit({ files: { 'ci/other.yaml': 'not: this' } });
  await using folder = await folderWith({
    'trunkline.yaml': `git: { allow: [file] }
repositories:
  shop: { svn: '${subversion.root}' }
  templates: { git: '${git.url}' }
`,
    'pipelines/cart.yaml': `${pipeline(
      `{ repository: shop, file: trunk/ci/node.yaml, revision: ${revision} }`,
      `{ repository: templates, file: ci/other.yaml, revision: ${commit} }`,
    ).replace('extends: node }]', 'extends: node }, { id: other, extends: other }]')}`,
  });
  const file = join(folder.path, 'pipelines/cart.yaml');
  const config = join(folder.path, 'trunkline.yaml');

  const good = await runHere(['lint', file, '--config', config]);
  const unknown = await runHere(['lint', file]);
  const payload = fileURLToPath(new URL('../http/payloads/gitlab-push.json', import.meta.url));
  const folderOfPipelines = ['--pipelines', join(folder.path, 'pipelines'), '--config', config];
  const explained = await runHere(['explain', '--file', payload, ...folderOfPipelines]);
  await folder.put('pipelines/cart.yaml', pipeline('{ repository: shop, file: trunk/no.yaml, revision: 1 }'));
  const gone = await runHere(['lint', file, '--config', config]);

  expect(good.stdout).toBe('No problems in 2 files\n');
  expect(unknown.stdout).toContain('no trunkline.yaml says where that is');
  expect(explained).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('cart would not run') });
  expect(gone.exitCode).toBe(1);
  expect(gone.stdout).toMatch(/cart\.yaml:4:\d+: shop@1:trunk\/no\.yaml cannot be included: /);
});

test('run takes the steps from the file in the tree, and lint checks that file by itself', async () => {
  await using folder = await folderWith({
    'cart.yaml': 'name: cart\nsource: { repository: shop, path: app }\nfile: ci/trunkline.yaml\n',
    'app/ci/trunkline.yaml': 'steps: [{ id: a, extends: node, rnu: 1 }]\ninclude: [{ file: shared.yaml }]\n',
    'shared.yaml': node,
  });
  const server = join(folder.path, 'cart.yaml');
  const file = join(folder.path, 'app/ci/trunkline.yaml');

  const missing = await runHere(['run', server, '--dir', join(folder.path, 'app/ci')]);
  const wrong = await runHere(['run', server, '--dir', folder.path]);
  const linted = await runHere(['lint', server, file]);

  expect(missing).toMatchObject({ exitCode: 2 });
  expect(wrong.stderr).toContain(`${file}:1:33: unknown key 'rnu'`);
  expect(linted.stdout).toContain(`${file}:1:33: unknown key 'rnu'`);
  expect(linted.stdout).not.toContain(`${server}:`);
});
