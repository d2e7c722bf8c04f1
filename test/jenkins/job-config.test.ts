import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { draftOfConfig, sure } from './draft-of.ts';

const freestyle = readFileSync(join(import.meta.dirname, 'freestyle.xml'), 'utf8');

test('a freestyle job becomes a pipeline: source, triggers, parameters and shell scripts', () => {
  const { pipeline, text } = sure(draftOfConfig(freestyle));

  expect(pipeline).toMatchObject({
    name: 'cart',
    source: { repository: 'shop', path: 'services/cart' },
    on: {
      commit: { branches: ['trunk'], quietMs: 5_000 },
      schedule: { cron: expect.stringMatching(/^\d+ 2 \* \* 1-5$/), timezone: 'Asia/Shanghai' },
    },
    parameters: [
      { name: 'LEVEL', type: 'string', default: 'info' },
      { name: 'WHERE', type: 'choice', options: ['staging', 'production'] },
    ],
    steps: [
      {
        id: 'shell',
        kind: 'run',
        timeoutMs: 1_800_000,
        env: { LEVEL: '${parameters.LEVEL}', BUILD_NUMBER: '${run}', SVN_REVISION: '${revision}' },
        commands: [expect.stringContaining('npm test -- --level ${LEVEL} > out.txt')],
      },
      { id: 'shell-2', needs: ['shell'] },
    ],
  });
  expect(text).toContain("#   repositories: { shop: { svn: 'svn://svn.example.com/shop' } }");
});

test('what could not be carried is told line by line, and stands in the draft', () => {
  const { told, text } = sure(draftOfConfig(freestyle));

  expect(told).toEqual([
    '0 what a stage leaves in the workspace for the next',
    '0 the image that the commands run in, which is not in this file',
    '19 the credentials svn-ci',
    '27 assignedNode: linux && docker',
    '31 H in the timer',
    '33 polling at H/5 * * * *',
    '37 a script for /bin/bash',
    '42 docker within a script',
    '44 the build step BatchFile',
    '47 Mailer',
    '48 BuildTrigger',
  ]);
  for (const what of told) expect(text).toContain(what.replace(/^\d+ /, ''));
});

test.each([
  ['svn://h/shop/branches/1.x@12', { repository: 'shop', path: '' }, ['branches/1.x']],
  ['https://h/svn/a%20b/trunk/x/y/', { repository: 'a-20b', path: 'x/y' }, ['trunk']],
  ['svn://h/shop', { repository: 'shop', path: '' }, ['trunk', 'main', 'master']],
])('the Subversion URL %s is taken apart', (remote, source, branches) => {
  const { pipeline } = sure(
    draftOfConfig(freestyle.replace('svn://svn.example.com/shop/trunk/services/cart@HEAD', remote)),
  );

  expect(pipeline.source).toEqual(source);
  expect(pipeline.on.commit?.branches).toEqual(branches);
});

test('a job with Git is read: its branches, without what only Jenkins needs in them', () => {
  const scm = `<scm class="hudson.plugins.git.GitSCM"><userRemoteConfigs><hudson.plugins.git.UserRemoteConfig>
    <url>git@git.example.com:shop/web.git</url></hudson.plugins.git.UserRemoteConfig></userRemoteConfigs>
    <branches><hudson.plugins.git.BranchSpec><name>*/main</name></hudson.plugins.git.BranchSpec>
    <hudson.plugins.git.BranchSpec><name>refs/heads/release-*</name></hudson.plugins.git.BranchSpec>
    <hudson.plugins.git.BranchSpec><name>:^x</name></hudson.plugins.git.BranchSpec></branches></scm>`;

  const { pipeline, told } = sure(draftOfConfig(freestyle.replace(/<scm.*<\/scm>/s, scm)));

  expect(pipeline.source.repository).toBe('web');
  expect(pipeline.on.commit?.branches).toEqual(['main', 'release-*']);
  expect(told).toContainEqual(expect.stringContaining('the branch :^x'));
});

test('a pipeline job brings its script; one whose script is in the tree says which file to import', () => {
  const script = 'pipeline { agent any\nstages { stage("a") { steps { sh "make &amp;&amp; make test" } } } }';
  const job = (definition: string) =>
    `<flow-definition><definition>${definition}</definition></flow-definition>`;

  const inline = sure(draftOfConfig(job(`<script>${script}</script>`)));
  const inTree = sure(draftOfConfig(job('<scriptPath>ci/Jenkinsfile</scriptPath>')));

  expect(inline.pipeline.steps).toMatchObject([{ id: 'a', commands: ['make && make test'] }]);
  expect(inTree.told).toContain('1 the steps are in a file of the tree');
  expect(inTree.pipeline.steps).toMatchObject([{ id: 'to-do', commands: [expect.any(String), 'exit 1'] }]);
});

test.each([
  ['<org.example.Job/>', 'a job of the kind org.example.Job is not read'],
  ['<project><scm></project>', 'unexpected close tag'],
  ['<!DOCTYPE project [<!ENTITY a "b">]><project/>', 'a document type is not read'],
  ['', 'document must contain a root element'],
])('%j is refused', (text, problem) => {
  expect(draftOfConfig(text)).toMatchObject({ problem: expect.stringContaining(problem) });
});

test('a Maven job has its goals between what comes before and after; axes and secrets are carried', () => {
  const shell = (command: string) => `<hudson.tasks.Shell><command>${command}</command></hudson.tasks.Shell>`;
  const job = `<maven2-moduleset><prebuilders>${shell('before')}</prebuilders><goals>deploy</goals><rootPOM>app/pom.xml</rootPOM>
    <postbuilders>${shell('after')}</postbuilders>
    <publishers><hudson.tasks.ArtifactArchiver><artifacts>target/*.jar</artifacts></hudson.tasks.ArtifactArchiver></publishers>
    <buildWrappers><org.x.SecretBuildWrapper><bindings><org.x.StringBinding><credentialsId>tok</credentialsId><variable>TOK</variable></org.x.StringBinding></bindings></org.x.SecretBuildWrapper></buildWrappers></maven2-moduleset>`;
  const matrix = `<matrix-project><axes><hudson.matrix.TextAxis><name>JDK</name><values><string>8</string><string>11</string></values></hudson.matrix.TextAxis></axes>
    <builders>${shell('make')}</builders></matrix-project>`;

  const { pipeline } = sure(draftOfConfig(job));

  expect(pipeline.steps.map((step) => 'commands' in step && step.commands)).toEqual([
    ['before'],
    ["mvn --batch-mode --file 'app/pom.xml' deploy"],
    ['after'],
  ]);
  expect(pipeline.steps[2]).toMatchObject({ secrets: { TOK: 'tok' }, artifacts: ['target/*.jar'] });
  expect(sure(draftOfConfig(matrix)).pipeline.steps).toMatchObject([
    { env: { JDK: '8' } },
    { env: { JDK: '11' } },
  ]);
});

test('a multibranch job brings its repository, and says which file to import', () => {
  const source =
    '<source class="jenkins.plugins.git.GitSCMSource"><remote>https://git.example.com/shop/web.git</remote></source>';
  const job = `<org.x.WorkflowMultiBranchProject><sources><data><x>${source}</x></data></sources><factory><scriptPath>ci/J</scriptPath></factory></org.x.WorkflowMultiBranchProject>`;

  const { pipeline, text } = sure(draftOfConfig(job));

  expect(pipeline.source.repository).toBe('web');
  expect(pipeline.on.commit?.branches).toEqual(['**']);
  expect(text).toContain('trunkline import jenkins ci/J');
});

test('further locations: of the same branch they can lie beside the first, others cannot', () => {
  const location = (remote: string) =>
    `<hudson.scm.SubversionSCM_-ModuleLocation><remote>${remote}</remote></hudson.scm.SubversionSCM_-ModuleLocation>`;
  const remotes = ['svn://h/shop/trunk/cart@HEAD', 'svn://h/shop/trunk/libs', 'svn://h/tools/trunk/x'];
  const { text } = sure(
    draftOfConfig(
      `<project><scm class="hudson.scm.SubversionSCM"><locations>${remotes.map(location).join('')}</locations></scm></project>`,
    ),
  );

  expect(text).toContain(
    "svn://h/shop/trunk/libs: it is of the same branch: leave out source.path, and name both: source.only: ['cart', 'libs']",
  );
  expect(text).toContain('svn://h/tools/trunk/x: a pipeline has one repository');
});

test('the branch of a job is that of its timer, and is told where only people start it', () => {
  const job = (triggers: string) =>
    `<project><scm class="hudson.plugins.git.GitSCM"><userRemoteConfigs><hudson.plugins.git.UserRemoteConfig><url>https://git.example.com/web.git</url></hudson.plugins.git.UserRemoteConfig></userRemoteConfigs><branches><hudson.plugins.git.BranchSpec><name>*/develop</name></hudson.plugins.git.BranchSpec></branches></scm>${triggers}<builders><hudson.tasks.Shell><command>make</command></hudson.tasks.Shell></builders></project>`;
  const timer =
    '<triggers><hudson.triggers.TimerTrigger><spec>0 2 * * *</spec></hudson.triggers.TimerTrigger></triggers>';

  const timed = sure(draftOfConfig(job(timer)));
  const asked = sure(draftOfConfig(job('')));

  expect(timed.pipeline.on.schedule).toMatchObject({ cron: '0 2 * * *', branch: 'develop' });
  expect(timed.told.join()).not.toContain('develop');
  expect(asked.told).toContain('0 the branch develop');
});
