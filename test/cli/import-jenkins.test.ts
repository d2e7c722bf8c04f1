import { copyFile, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { root } from '../docs/markdown.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { runHere } from './run-here.ts';

test('a job becomes a file that lint has nothing against, and what is missing is said beside it', async () => {
  await using folder = await temporaryFolder();
  const job = join(folder.path, 'Cart service');
  await mkdir(job);
  await copyFile(join(root, 'test/jenkins/freestyle.xml'), join(job, 'config.xml'));
  const file = join(folder.path, 'cart.yaml');

  const drafted = await runHere(['import', 'jenkins', join(job, 'config.xml'), '--repository', 'main-repo']);
  await writeFile(file, drafted.stdout);
  const lint = await runHere(['lint', file]);

  expect(drafted.exitCode).toBe(0);
  expect(drafted.stdout).toMatch(/^name: cart-service$/m);
  expect(drafted.stdout).toMatch(/^ {2}repository: main-repo$/m);
  expect(drafted.stderr).toContain('line 19: the credentials svn-ci: add an account');
  expect(drafted.stderr).toContain('11 to look at');
  expect(lint).toMatchObject({ exitCode: 0 });
});

test.each([
  [
    'an XML that says so',
    "<?xml version='1.1' encoding='GBK'?>\n<project><builders><hudson.tasks.Shell><command>echo ",
    '</command></hudson.tasks.Shell></builders></project>',
  ],
  [
    'a Jenkinsfile, which cannot say it',
    "pipeline { agent any\n stages { stage('a') { steps { sh 'echo ",
    "' } } } }",
  ],
])('Chinese in GBK is read, in %s', async (_how, before, after) => {
  await using folder = await temporaryFolder();
  const file = join(folder.path, 'cart');
  const chinese = Buffer.from([0xb9, 0xb9, 0xbd, 0xa8]);
  await writeFile(file, Buffer.concat([Buffer.from(before), chinese, Buffer.from(after)]));

  const drafted = await runHere(['import', 'jenkins', file]);

  expect(drafted).toMatchObject({ exitCode: 0 });
  expect(drafted.stdout).toContain('构建');
});

test('for programs there is the draft and each note; a file of another kind is refused with its line', async () => {
  await using folder = await temporaryFolder();
  const [good, scripted] = [join(folder.path, 'web.jenkinsfile'), join(folder.path, 'Jenkinsfile')];
  await writeFile(good, "pipeline { agent any\nstages { stage('a') { steps { bat 'x'; sh 'make' } } } }");
  await writeFile(scripted, "println 'make'");

  const json = JSON.parse((await runHere(['import', 'jenkins', good, '--json'])).stdout);
  const refused = await runHere(['import', 'jenkins', scripted]);

  expect(json.name).toBe('web');
  expect(json.draft).toContain('make');
  expect(json.notes).toContainEqual({ line: 2, what: 'the step bat', advice: expect.any(String) });
  expect(refused).toMatchObject({ exitCode: 1, stdout: '' });
  expect(refused.stderr).toContain('line 1: there is neither a pipeline { } nor a node { }');
});
