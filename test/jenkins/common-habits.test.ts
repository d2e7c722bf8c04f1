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
