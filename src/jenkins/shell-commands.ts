import type { JenkinsJob, JobStep } from './job.ts';

/** What Jenkins sets, by what it is in a template of Trunkline. */
const known: Readonly<Record<string, string>> = {
  BUILD_NUMBER: '${run}',
  BUILD_ID: '${run}',
  JOB_NAME: '${pipeline}',
  JOB_BASE_NAME: '${pipeline}',
  SVN_REVISION: '${revision}',
  GIT_COMMIT: '${revision}',
  GIT_BRANCH: '${branch}',
  BRANCH_NAME: '${branch}',
  WORKSPACE: '/workspace',
};

const unknown =
  /\$\{?(?<name>BUILD_TAG|BUILD_URL|JOB_URL|JENKINS_URL|JENKINS_HOME|NODE_NAME|EXECUTOR_NUMBER|CHANGE_ID|TAG_NAME|SVN_URL|GIT_URL)\b/;

/** Adds a script to a step as it is; what it expects of Jenkins is set for it, or told. */
export function addScript(
  job: JenkinsJob,
  step: JobStep,
  { text, line }: { text: string; line: number },
): void {
  const script = text.replace(/\s+$/, '');
  if (script.trim() === '') return;
  const note = (what: string, advice: string) => job.notes.push({ line, what, advice });
  const shebang = /^#!\s*(?<interpreter>.*)/.exec(script)?.groups?.interpreter ?? '/bin/sh';
  if (!/(?:^|\/)sh\b/.test(shebang))
    note(
      `a script for ${shebang}`,
      'commands are run by /bin/sh: keep the script as a file of the tree, and call it',
    );
  if (/^\s*(?:sudo\s+)?docker\s+(?:build|push|login|run|compose)\b/m.test(script))
    note('docker within a script', 'there is no Docker in a run step: use build and push steps instead');
  if (/^\s*(?:kubectl|helm)\s/m.test(script))
    note('kubectl or helm within a script', 'use a deploy step: it waits for the rollout, and rolls back');
  const missing = unknown.exec(script)?.groups?.name;
  if (missing !== undefined)
    note(`the variable ${missing}`, 'there is nothing like it: leave it out, or set it with env');
  setKnown(step, script);
  step.commands.push(script);
}

/** Sets what a script, or a variable, expects of Jenkins and Trunkline has too. */
export function setKnown(step: JobStep, text: string): void {
  for (const [name, value] of Object.entries(known)) {
    if (new RegExp(`\\b${name}\\b`).test(text)) step.env[name] ??= value;
  }
}
