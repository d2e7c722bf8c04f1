import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { draftOfJenkinsfile, sure } from './draft-of.ts';

const declarative = readFileSync(join(import.meta.dirname, 'declarative.jenkinsfile'), 'utf8');

/** The steps of a pipeline with these sections. */
function stepsOf(sections: string) {
  return sure(draftOfJenkinsfile(`pipeline { agent { docker 'node:24' }\n${sections}\n}`)).pipeline.steps;
}

test('a declarative Jenkinsfile becomes a pipeline', () => {
  const { pipeline } = sure(draftOfJenkinsfile(declarative));

  expect(pipeline).toMatchObject({
    name: 'web',
    on: { commit: {}, schedule: { cron: expect.any(String) } },
    parameters: [
      { name: 'LEVEL', default: 'info', description: 'log level' },
      { name: 'FAST', type: 'boolean', default: true },
      { name: 'WHERE', type: 'choice', options: ['staging', 'production'] },
    ],
    steps: [
      {
        id: 'install',
        needs: [],
        from: { image: 'node:24' },
        env: { APP: 'web', BUILD_NUMBER: '${run}' },
        commands: ['export TAG="v${BUILD_NUMBER}-${APP}"', 'npm ci'],
      },
      {
        id: 'unit-tests',
        needs: ['install'],
        commands: [/TAG/, 'npm test -- --level=${LEVEL}'].map(matching),
      },
      {
        id: 'lint',
        needs: ['install'],
        from: { image: 'node:22' },
        timeoutMs: 300_000,
        commands: [/TAG/, 'npm run lint\nnpm run style'].map(matching),
      },
      {
        id: 'deploy',
        needs: ['unit-tests', 'lint'],
        when: { branches: ['main'] },
        env: { TARGET: 'prod' },
        commands: [/TAG/, "(\ncd 'deploy'\n./deploy.sh $TARGET\n)", 'echo $Y'].map(matching),
      },
      { id: 'post-always', needs: ['deploy'], runWhen: 'always' },
      { id: 'post-failure', needs: ['deploy'], runWhen: 'on-failure' },
    ],
  });
});

function matching(expected: string | RegExp): unknown {
  return typeof expected === 'string' ? expected : expect.stringMatching(expected);
}

test('what could not be carried is told line by line', () => {
  expect(sure(draftOfJenkinsfile(declarative)).told).toEqual([
    '0 the repository, which is not in this file',
    '0 which branches are built, which is not in this file',
    '0 what a stage leaves in the workspace for the next',
    '1 the line that begins with "@"',
    '3 the line that begins with "def"',
    '7 args of the docker agent',
    '9 the option timeout',
    '13 the credentials deploy-key in KEY',
    '20 H in the timer',
    '20 polling at H/5 * * * *',
    '26 the step junit',
    '41 the step script, and what is in it',
    '44 the credentials x in Y',
    '49 files to keep, out/**',
    '51 post { changed }',
  ]);
});

test('a Dockerfile as agent is built first, and the stages run in its image', () => {
  const agent = "agent { dockerfile { dir 'ci'; filename 'Dockerfile.ci' } }";

  expect(stepsOf(`${agent}\nstages { stage('A b') { steps { sh 'make' } } }`)).toMatchObject([
    { id: 'image', kind: 'build', context: 'ci', dockerfile: 'Dockerfile.ci', image: 'web/image' },
    { id: 'a-b', from: { step: 'image' }, needs: ['image'] },
  ]);
});

test('quotes, escapes and comments are read as Groovy reads them', () => {
  const text = readFileSync(join(import.meta.dirname, 'quotes.jenkinsfile'), 'utf8');

  const { pipeline, told } = sure(draftOfJenkinsfile(text));

  expect(told).toContain('13 a shell script that Groovy makes: ${foo()}');
  expect(pipeline.steps[0]).toMatchObject({
    commands: [
      'it\'s "$HOME" ${x}',
      'a "b" $c ${D} /* no */',
      'one\n  two ${three}',
      'four',
      '${foo()}',
      "echo 'it'\\''s'",
    ],
  });
});

test('a condition that cannot be carried keeps its step from running by mistake', () => {
  const stage = "stage('a') { when { expression { return params.GO } }\nsteps { sh './deploy.sh' } }";

  expect(stepsOf(`stages { ${stage} }`)).toMatchObject([{ when: { branches: ['none'] } }]);
});

test('nested stages, retry and withEnv are carried', () => {
  const inner =
    "stage('b') { steps { retry(3) { withEnv(['A=1', 'B=x y']) { sh 'b' } } } }\nstage('c') { steps { sh 'c' } }";

  expect(stepsOf(`stages { stage('a') { stages { ${inner} } } }`)).toMatchObject([
    { id: 'b', env: { A: '1', B: 'x y' }, retry: { max: 2, on: ['fault', 'failure'] } },
    { id: 'c', needs: ['b'] },
  ]);
});

test('secrets and files that are kept are carried, each secret with what the server has to be told', () => {
  const file = `pipeline { agent any
environment {
  TOKEN = credentials('npm-token')
}
stages { stage('a') { steps {
  withCredentials([usernamePassword(credentialsId: 'reg', usernameVariable: 'U', passwordVariable: 'P'), file(credentialsId: 'kube', variable: 'K')]) {
    sh 'make'
  }
  stash includes: 'target/*.jar', name: 'jar'
  archiveArtifacts artifacts: 'dist/, a b.txt'
} } } }`;

  const { pipeline, told } = sure(draftOfJenkinsfile(file));

  expect(pipeline.steps).toMatchObject([
    {
      secrets: { TOKEN: 'npm-token', U: 'reg-username', P: 'reg-password' },
      artifacts: ['target/*.jar', 'dist/**', 'a', 'b.txt'],
    },
  ]);
  expect(told).toEqual(
    expect.arrayContaining(['3 the credentials npm-token in TOKEN', '6 the credentials kube (file)']),
  );
});

test('files that are kept in a folder are those of that folder, and what cannot be told is said', () => {
  const file = `pipeline { agent any
stages { stage('a') { steps {
  dir('services/cart') { sh 'make'; archiveArtifacts 'target/*.jar, dist/'; dir('x') { stash includes: 'y' } }
  dir("\${WHERE}") { archiveArtifacts 'a' }
  dir('../up') { archiveArtifacts 'b' }
  dir('a b') { archiveArtifacts 'c' }
  archiveArtifacts 'top.txt'
} } } }`;

  const { pipeline, told } = sure(draftOfJenkinsfile(file));

  expect(pipeline.steps).toMatchObject([
    { artifacts: ['services/cart/target/*.jar', 'services/cart/dist/**', 'services/cart/x/y', 'top.txt'] },
  ]);
  expect(told).toEqual(
    expect.arrayContaining([
      '4 files to keep, ${WHERE}/a',
      '5 files to keep, ../up/b',
      '6 files to keep, a b/c',
    ]),
  );
});

test('the stages of a scripted Jenkinsfile are carried; what Groovy decides does not run by mistake', () => {
  const file = `#!groovy
@Library('shared') _
node('linux') {
  try {
    stage('Build') {
      checkout scm
      sh 'make'
    }
    stage('Test') {
      docker.image('node:24').inside('-u root') {
        sh 'npm test'
      }
    }
    if (env.BRANCH_NAME == 'main') {
      stage('Deploy') {
        sh './deploy.sh'
      }
    }
    if (isRelease()) {
      stage('Release') {
        sh './release.sh'
      }
    }
  } catch (e) {
    echo 'no'
    throw e
  } finally {
    sh './tidy.sh'
  }
}`;

  const { pipeline, told } = sure(draftOfJenkinsfile(file));

  expect(pipeline.steps).toMatchObject([
    { id: 'build', commands: ['make'] },
    { id: 'test', from: { image: 'node:24' }, commands: ['npm test'] },
    { id: 'deploy', when: { branches: ['main'] } },
    { id: 'release', when: { branches: ['none'] } },
    { id: 'finally', runWhen: 'always', commands: ['./tidy.sh'] },
  ]);
  expect(told).toEqual(
    expect.arrayContaining([
      '2 the line that begins with "@"',
      '3 the node linux',
      '19 if (...) around steps',
      '24 catch, and what is in it',
    ]),
  );
});

test.each([
  ['', 'it is empty'],
  ['println 1', 'there is neither a pipeline { } nor a node { } or a stage in it'],
  ["pipeline { stages { stage('a') { steps { sh 'x' }", 'a { before this line is never closed'],
])('%j is refused', (text, problem) => {
  expect(draftOfJenkinsfile(text)).toEqual({ line: 1, problem });
});

test('a parameter that the file reads and does not declare is declared as a text, and told', () => {
  const { pipeline, text, told } = sure(
    draftOfJenkinsfile(`pipeline {
  agent any
  // params.COMMENT
  parameters { password(name: 'KEY', defaultValue: '', description: '') }
  stages {
    stage('Build') { steps { sh "make V=\${params.VERSION} \${params.REGION ?: 'eu'} \${params.KEY}"
      sh 'echo \${params.QUOTED} $HOME' } }
    stage('Deploy') { when { expression { params.TARGET == 'prod' } }
      steps { sh './deploy' ; echo params.toString() } }
  }
}`),
  );

  const declared = { type: 'string', default: '', description: expect.stringContaining('Jenkins') };
  expect(parse(text).parameters).toEqual({ VERSION: declared, REGION: declared, TARGET: declared });
  expect(pipeline.steps).toMatchObject([
    { id: 'build', env: { VERSION: '${parameters.VERSION}' } },
    { id: 'deploy', when: { parameters: { TARGET: ['prod'] } } },
  ]);
  expect(told.filter((note) => note.includes('parameter'))).toEqual([
    '4 the parameter KEY (password)',
    '6 the parameter VERSION, which the file reads and does not declare',
    '6 the parameter REGION, which the file reads and does not declare',
    '8 the parameter TARGET, which the file reads and does not declare',
  ]);
});

test('a scripted file declares its parameters wherever it does, before what it does not declare is added', () => {
  const { pipeline, told } = sure(
    draftOfJenkinsfile(`node {
  stage('Build') { sh "make \${params.LEVEL} \${params.OTHER}" }
  properties([parameters([string(name: 'LEVEL', defaultValue: 'all')])])
}`),
  );

  expect(pipeline.parameters).toMatchObject([
    { name: 'LEVEL', default: 'all' },
    { name: 'OTHER', default: '' },
  ]);
  expect(told).toContain('2 the parameter OTHER, which the file reads and does not declare');
  expect(told.join()).not.toContain('LEVEL');
});
