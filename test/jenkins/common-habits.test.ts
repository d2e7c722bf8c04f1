import { expect, test } from 'vitest';
import { draftOfConfig, draftOfJenkinsfile, sure } from './draft-of.ts';

test('a script that holds steps alone is carried as these, one with Groovy between them is told', () => {
  const { pipeline, told } = stageWith(`
    script {
      sh 'corepack enable'
      dir('web') { sh "prepare \${params.VERSION}" }
    }
    script {
      def command = 'pnpm build'
      sh command
    }
    script { withCredentials([string(credentialsId: 'npm', variable: 'TOKEN')]) { sh 'publish' } }
    script { sh(script: cmd) }`);

  expect(pipeline.steps).toMatchObject([
    {
      commands: ['corepack enable', "(\ncd 'web'\nprepare ${VERSION}\n)", 'publish'],
      secrets: { TOKEN: 'npm' },
    },
  ]);
  expect(told.filter((note) => note.includes('script'))).toEqual([
    '7 the step script, and what is in it',
    '12 a shell script that Groovy makes',
  ]);
});

test('a limit of some commands, and a failure that is asked for, are told', () => {
  const { pipeline, told } = stageWith(`
    timeout(time: 5, unit: 'MINUTES') { sh 'slow' }
    sh script: 'grep -q x y', returnStatus: true
    sh script: 'make', returnStatus: false`);

  expect(pipeline.steps).toMatchObject([{ commands: ['slow', 'grep -q x y', 'make'], timeoutMs: 300_000 }]);
  expect(told.filter((note) => /timeout|returnStatus/.test(note))).toEqual([
    '3 timeout around a part of the stage',
    '4 returnStatus of a shell script',
  ]);
  expect(stageWith("timeout(5) { sh 'a' }").told.filter((note) => note.includes('timeout'))).toEqual([]);
});

test('a brace may stand on the line after its name', () => {
  const { pipeline } = sure(
    draftOfJenkinsfile(`pipeline
{
  agent any
  stages
  {
    stage('Test')

    {
      steps
      {
        sh 'test'
      }
    }
  }
}`),
  );

  expect(pipeline.steps).toMatchObject([{ id: 'test', commands: ['test'] }]);
});

test('a choice of several values of one parameter, or of several branches, is a condition', () => {
  const parameters = "parameters { choice(name: 'STAND', choices: ['test', 'prod', 'dr'], description: '') }";
  const stage = (name: string, asked: string) =>
    `stage('${name}') { when { expression { ${asked} } }\nsteps { sh 'x' } }`;
  const stages = [
    stage('a', "params.STAND == 'dev' || params.STAND == 'test' ||\nparams.STAND == 'dr'"),
    stage('b', "params.STAND == 'dev' || params.STAND == 'prod'"),
    stage('c', "env.BRANCH_NAME == 'main' || env.BRANCH_NAME == 'next'"),
    stage('d', "params.STAND == 'test' || env.BRANCH_NAME == 'main'"),
    stage('e', "params.STAND == 'none' || params.STAND == 'nobody'"),
  ];

  const { pipeline } = sure(
    draftOfJenkinsfile(`pipeline { agent any\n${parameters}\nstages { ${stages.join('\n')} } }`),
  );

  expect(pipeline.steps.map(({ when }) => when)).toMatchObject([
    { parameters: { STAND: ['test', 'dr'] } },
    { parameters: { STAND: ['prod'] } },
    { branches: ['main', 'next'] },
    { branches: ['none'] },
    { branches: ['none'] },
  ]);
});

test('an image that a script builds and pushes is told as what it is here, and the properties within a node are read', () => {
  const { pipeline, told } = sure(
    draftOfJenkinsfile(`node {
  properties([parameters([string(name: 'TAG', defaultValue: 'latest')])])
  def app
  stage('Build') { app = docker.build("shop/cart:\${env.BUILD_NUMBER}") }
  stage('Push') { app.push('latest')
  sh 'done' }
}`),
  );

  expect(pipeline.parameters).toMatchObject([{ name: 'TAG', default: 'latest' }]);
  expect(told).toEqual(expect.arrayContaining(['4 the step app', '5 the step app.push']));
});

test('users and messages that Subversion was to leave out are carried or told', () => {
  const { pipeline, told } = sure(
    draftOfConfig(`<project>
<scm class="hudson.scm.SubversionSCM"><locations><hudson.scm.SubversionSCM_-ModuleLocation>
<remote>https://svn.example.com/shop/trunk</remote><ignoreExternalsOption>true</ignoreExternalsOption>
</hudson.scm.SubversionSCM_-ModuleLocation></locations>
<excludedUsers>robot
release-bot</excludedUsers><excludedCommitMessages>\\[skip\\].*</excludedCommitMessages></scm>
<triggers><hudson.triggers.SCMTrigger><spec>* * * * *</spec></hudson.triggers.SCMTrigger></triggers>
<builders><hudson.tasks.Shell><command>make</command></hudson.tasks.Shell></builders></project>`),
  );

  expect(pipeline.on.commit?.authors).toEqual(['**', '!robot', '!release-bot']);
  expect(told).toEqual(
    expect.arrayContaining(['2 excluded messages, \\[skip\\].*', '2 externals that are ignored']),
  );
});

function stageWith(steps: string) {
  return sure(draftOfJenkinsfile(`pipeline { agent any\nstages { stage('Build') { steps { ${steps} } } } }`));
}

test('the builders of Ant and Gradle are commands, and a tree in a folder of its own is told', () => {
  const { pipeline, told } = sure(
    draftOfConfig(`<project>
<scm class="hudson.scm.SubversionSCM"><locations><hudson.scm.SubversionSCM_-ModuleLocation>
<remote>https://svn.example.com/shop/trunk</remote><local>src</local>
</hudson.scm.SubversionSCM_-ModuleLocation></locations></scm>
<builders>
<hudson.tasks.Ant><targets>clean
dist</targets><buildFile>ci/it's.xml</buildFile></hudson.tasks.Ant>
<hudson.plugins.gradle.Gradle><switches>--no-daemon</switches><tasks>build test</tasks><useWrapper>true</useWrapper></hudson.plugins.gradle.Gradle>
<hudson.tasks.BatchFile><command>dir</command></hudson.tasks.BatchFile>
</builders></project>`),
  );

  expect(pipeline.steps).toMatchObject([
    { id: 'ant', commands: ["ant -buildfile 'ci/it'\\''s.xml' clean dist"] },
    { id: 'gradle', from: { image: 'gradle:8-jdk21' }, commands: ['./gradlew --no-daemon build test'] },
  ]);
  expect(told).toEqual(
    expect.arrayContaining(['2 the folder src for the tree', '9 the build step BatchFile']),
  );
});

test('that a pipeline job is disabled is told, and the branches that a multibranch job looks for are carried', () => {
  const disabled = sure(
    draftOfConfig(
      "<flow-definition><definition><script>node { sh 'x' }</script></definition><disabled>true</disabled></flow-definition>",
    ),
  );
  const many = sure(
    draftOfConfig(`<org.jenkinsci.plugins.workflow.multibranch.WorkflowMultiBranchProject><sources><data>
<jenkins.branch.BranchSource><source class="jenkins.plugins.git.GitSCMSource"><remote>https://git.example.com/web.git</remote>
<traits><jenkins.scm.impl.trait.WildcardSCMHeadFilterTrait><includes>master release-*</includes><excludes>tmp-*</excludes>
</jenkins.scm.impl.trait.WildcardSCMHeadFilterTrait></traits></source></jenkins.branch.BranchSource></data></sources>
</org.jenkinsci.plugins.workflow.multibranch.WorkflowMultiBranchProject>`),
  );

  expect(disabled.told).toContain('1 disabled: true');
  expect(many.pipeline.on.commit?.branches).toEqual(['master', 'release-*', '!tmp-*']);
});
