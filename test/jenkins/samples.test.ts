import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { draftOfConfig, draftOfJenkinsfile, sure } from './draft-of.ts';

const read = (name: string) => readFileSync(join(import.meta.dirname, 'samples', name), 'utf8');
const ofFile = (name: string) => sure(draftOfJenkinsfile(read(`${name}.jenkinsfile`)));
const ofConfig = (name: string) => sure(draftOfConfig(read(`${name}.xml`)));

test('an input becomes an approval where it stood: what came before and after it are steps of their own', () => {
  const { pipeline, told } = ofFile('react-app');

  expect(pipeline.steps.slice(2, 5)).toMatchObject([
    { id: 'deliver-for-development', commands: ['./jenkins/scripts/deliver-for-development.sh'] },
    {
      ...{ id: 'approve-deliver-for-development', kind: 'approve', by: ['release'] },
      ...{ needs: ['deliver-for-development'], when: { branches: ['development'] } },
      message: 'Finished using the web site? (Click "Proceed" to continue)',
    },
    { needs: ['approve-deliver-for-development'], commands: ['./jenkins/scripts/kill.sh'] },
  ]);
  expect(told).toContain('29 who may approve (release)');
});

test('the input of a stage is asked before its steps, of who may submit it, under its conditions', () => {
  const { pipeline, told } = ofFile('gated-release');

  expect(pipeline.steps).toMatchObject([
    { id: 'package', artifacts: ['chart/**'] },
    { id: 'staging' },
    {
      ...{ id: 'approve-production', by: ['release', 'ops'], needs: ['staging'] },
      when: { branches: ['main'], parameters: { ENV: ['production'] } },
    },
    { id: 'production', needs: ['approve-production'], timeoutMs: 3_600_000 },
    { id: 'tag', when: { branches: ['none'] } },
  ]);
  expect(told).toEqual(
    expect.arrayContaining([
      '24 what an input asks for',
      '42 the option lock of the stage Production',
      '47 the step build',
      '51 when { tag } of the stage Tag',
      '58 post { fixed }',
    ]),
  );
});

test.each([
  "script { def ok = input('Sure?') }",
  "dir('x') { input 'Sure?'\nsh 'a' }",
  "script { if (input(message: 'Sure?') == 'yes') { sh 'a' } }",
])('whatever hides an input, nothing behind it runs unasked: %s', (hiding) => {
  const stages = `stage('Ask') { when { expression { f() } }\nsteps { ${hiding} } }\nstage('Go') { steps { sh 'go' } }`;

  const { pipeline } = sure(draftOfJenkinsfile(`pipeline { agent any\nstages { ${stages} } }`));
  const [asks] = pipeline.steps;

  expect(asks).toMatchObject({ kind: 'approve', by: ['release'] });
  expect(asks?.when).toBeUndefined();
  expect(pipeline.steps.at(-1)).toMatchObject({ id: 'go', needs: [pipeline.steps.at(-2)?.id] });
});

test('a matrix becomes one, in each of its stages, with what it leaves out; its axes are found in images and commands', () => {
  const { pipeline } = ofFile('php-versions');
  const platforms = ofFile('platforms');

  expect(pipeline.steps).toHaveLength(12);
  expect(pipeline.steps[6]).toMatchObject({
    ...{ id: 'phpunit-8-2-mysql', from: { image: 'php:8.2-cli' }, timeoutMs: 1_200_000, retry: { max: 1 } },
    ...{ env: { PHP_VERSION: '8.2', DB: 'mysql' }, commands: ['vendor/bin/phpunit -c phpunit.${DB}.xml'] },
  });
  expect(pipeline.steps[6]?.needs).toHaveLength(6);
  const built = platforms.pipeline.steps.filter(({ id }) => id.startsWith('build-')).map(({ id }) => id);
  expect(built).toHaveLength(9);
  expect(built).not.toContain('build-linux-safari');
  expect(built.filter((id) => id.endsWith('edge'))).toEqual(['build-windows-edge']);
  expect(platforms.told).toEqual(
    expect.arrayContaining([
      '8 the matrix of the stage BuildAndTest',
      '12 when { anyOf } of the stage BuildAndTest',
    ]),
  );
});

test('branches of a scripted parallel are steps side by side; who follows waits for all of them', () => {
  const { pipeline, told } = ofFile('scripted-parallel');

  expect(pipeline).toMatchObject({
    on: { schedule: { cron: expect.stringMatching(/^\d+ 3 \* \* 1-5$/) } },
    parameters: [
      { name: 'TARGET', default: 'staging' },
      { name: 'SKIP_TESTS', type: 'boolean' },
    ],
    steps: [
      { id: 'build', artifacts: ['build/libs/*.jar'] },
      { id: 'linux', needs: ['build'] },
      { id: 'static-analysis', needs: ['build'] },
      { id: 'license', needs: ['static-analysis'] },
      { id: 'approve', needs: ['linux', 'license'], by: ['alice', 'ops'], timeoutMs: 2 * 86_400_000 },
      { id: 'deploy', needs: ['approve'], commands: ['./deploy.sh ${TARGET}'] },
    ],
  });
  expect(told).toEqual(expect.arrayContaining(['23 failFast', '32 the step bat', '55 the step lock']));
});

test('a map of branches is followed as far as it stands there; what a loop puts into it is told', () => {
  const { pipeline, told } = ofFile('scripted-map');

  expect(pipeline.steps).toMatchObject([
    { id: 'lint', needs: [], commands: ['npm run lint'] },
    { id: 'api', needs: ['lint'] },
    { id: 'web', needs: ['lint'] },
  ]);
  expect(told).toContain('4 the line that begins with "for"');
});

test('steps in containers of a pod run in their images', () => {
  const { pipeline, told } = ofFile('kubernetes-pods');

  expect(pipeline.steps).toMatchObject([
    { id: 'java', from: { image: 'maven:3.9-eclipse-temurin-21' } },
    {
      id: 'go',
      from: { image: 'golang:1.25' },
      commands: ['go test ./...', 'go build -o out/app ./cmd/app'],
    },
    { id: 'image', from: { image: 'gcr.io/kaniko-project/executor:debug' } },
  ]);
  expect(told).toContain('3 the agent kubernetes');
});

test('what is done around commands does not lose them, and a kept file belongs to the step that makes it', () => {
  const { pipeline, told } = ofFile('spring-shop');

  expect(pipeline.steps.map(({ id }) => id)).toEqual([
    ...['build', 'unit', 'integration', 'sonarqube', 'approve-deploy', 'deploy'],
  ]);
  expect(pipeline.steps[0]).toMatchObject({ artifacts: ['target/*.jar'] });
  expect(told).toEqual(
    expect.arrayContaining([
      ...['30 the step script, and what is in it', '53 the step junit', '66 the step withSonarQubeEnv'],
      ...['79 the step script, and what is in it', '93 kubectl or helm within a script', '102 the step mail'],
    ]),
  );
});

test('a Jenkinsfile that only calls a shared library says whose work it is', () => {
  expect(draftOfJenkinsfile(read('shared-library.jenkinsfile'))).toMatchObject({
    problem: expect.stringContaining('what buildPlugin does stands in a shared library'),
  });
});

test('a multi-configuration job has a matrix', () => {
  const { pipeline, told } = ofConfig('axes');

  expect(pipeline.steps).toHaveLength(6);
  expect(pipeline.steps[0]).toMatchObject({
    id: 'shell-3-11-linux',
    env: { PYTHON: '3.11', label: 'linux' },
  });
  expect(told).toEqual(
    expect.arrayContaining(['20 the combinations !(PYTHON=="3.11" && label=="arm64")', '25 the axis label']),
  );
});

test('a pipeline job with its script inside: the repository it checks out, and conditions on its parameters', () => {
  const { pipeline, told } = ofConfig('inline-pipeline');

  expect(pipeline).toMatchObject({
    source: { repository: 'live' },
    parameters: [{ name: 'STAGE' }, { name: 'FULL' }],
    steps: [
      { id: 'plan', artifacts: ['tf.plan'] },
      { id: 'approval', kind: 'approve', when: { parameters: { STAGE: ['prod'] } } },
      { id: 'apply', needs: ['approval'] },
      { id: 'full-check', when: { parameters: { FULL: [true] } } },
    ],
  });
  expect(told).toContain('15 input within script');
});

test('jobs with Subversion: the branches of a multibranch one, and a Maven job with what it does not carry', () => {
  const branches = ofConfig('branches').pipeline;
  const { pipeline, told } = ofConfig('maven-svn');

  expect(branches.on.commit?.branches).toEqual(['trunk', 'branches/release-*', 'tags/*', '!branches/old-*']);
  expect(pipeline).toMatchObject({
    source: { repository: 'billing' },
    on: { commit: { branches: ['branches/release-2.x'] }, schedule: { timezone: 'Europe/Berlin' } },
  });
  expect(told).toEqual(
    expect.arrayContaining(['14 included or excluded regions', '47 mavenOpts: -Xmx2g', '50 Mailer']),
  );
});

test('a scripted job says in its checkout where its tree comes from', () => {
  const svn = "checkout([$class: 'SubversionSCM', locations: [[remote: 'svn://h/shop/trunk/web@HEAD']]])";
  const git =
    "checkout([$class: 'GitSCM', branches: [[name: '*/main']], userRemoteConfigs: [[url: 'https://h/a/web.git']]])";
  const sourceOf = (step: string) => sure(draftOfJenkinsfile(`node { stage('a') { ${step}\nsh 'x' } }`)).text;

  expect(sourceOf(svn)).toContain("{ shop: { svn: 'svn://h/shop' } }");
  expect(sourceOf(svn)).toContain('path: web');
  expect(sourceOf(git)).toContain("{ web: { git: 'https://h/a/web.git' } }");
  expect(sourceOf("git 'https://h/a/web.git'\ngit 'https://h/a/other.git'")).toContain(
    'a further repository',
  );
});

test('what is done when a run was cancelled is a step that runs on cancel', () => {
  const stages = "stages { stage('Test') { steps { sh 'test' } } }";

  const { pipeline } = sure(
    draftOfJenkinsfile(`pipeline { agent any\n${stages}\npost { aborted { sh 'tidy' } } }`),
  );

  expect(pipeline.steps).toMatchObject([
    { id: 'test' },
    { id: 'post-aborted', runWhen: 'on-cancel', needs: ['test'] },
  ]);
});
