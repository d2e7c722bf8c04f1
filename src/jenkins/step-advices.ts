import type { Statement } from './groovy-syntax.ts';

/** What to do about a step of Jenkins that a draft does not have; undefined: nothing is known of it. */
export function adviceOn({ name, args }: Statement): string | undefined {
  const isBuild = [name, ...args.map((value) => (value.kind === 'call' ? value.name : ''))].includes(
    'docker.build',
  );
  if (isBuild)
    return 'write a build step, `build: { context: ., image: NAME }`, and a push step that names it';
  if (/\.push$/.test(name)) return 'write a push step: it pushes what a build step has built, under its tags';
  return Object.hasOwn(stepAdvices, name) ? stepAdvices[name] : undefined;
}

const stepAdvices: Readonly<Record<string, string>> = {
  script: 'it is Groovy: write what it does as commands, or as a script in the tree',
  configFileProvider: 'keep the file in the tree, or its text as a secret',
  'docker.withRegistry': 'use build and push steps: the account of the registry is in trunkline.yaml',
  withDockerRegistry: 'use build and push steps: the account of the registry is in trunkline.yaml',
  sshagent: 'add the key under secrets in trunkline.yaml, and write it to a file with a command',
  junit: 'a failed test fails its command; there are no reports',
  publishHTML: 'there are no reports: copy them with a command',
  mail: 'set it up anew, on the server',
  emailext: 'set it up anew, on the server',
  slackSend: 'set it up anew, on the server',
  'currentBuild.result': 'a run ends as its steps do',
  step: 'look what it does, and whether it is still needed',
  milestone: 'an older run never deploys over a newer one anyway',
  build: 'write a trigger step, or on.pipeline in the pipeline that follows',
  lock: 'write concurrency.group: runs with the same one wait for each other',
  catchError: 'write allow-failure: true, where a failure of the step is to be a warning',
  warnError: 'write allow-failure: true, where a failure of the step is to be a warning',
  withSonarQubeEnv: 'write the address as env and the token as a secret of the step',
  waitForQualityGate: 'let the scanner wait: -Dsonar.qualitygate.wait=true',
  parallel: 'write a step for each, with the same needs',
  bat: 'commands are run by /bin/sh in a container',
  powershell: 'commands are run by /bin/sh in a container',
};
