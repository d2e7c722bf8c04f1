import type { Statement } from './groovy-syntax.ts';
import { type JenkinsJob, type JobStep, noteIn, plainStep } from './job.ts';
import { setKnown } from './shell-commands.ts';
import { slug } from './slug.ts';
import type { StageSetting } from './stage-setting.ts';
import { addStatements } from './stage-steps.ts';
import { splitVariables } from './stage-variables.ts';

/** @returns null: nothing of them could be carried as a command */
export function stepOf(
  setting: StageSetting,
  name: string,
  statements: readonly Statement[],
): JobStep | null {
  const { env, commands } = splitVariables(setting.exports);
  const { image, dockerfile, timeoutSeconds, attempts, condition, matrix } = setting;
  const step: JobStep = {
    ...plainStep(name),
    ...{ image, dockerfile, timeoutSeconds, attempts, condition, matrix },
    env: { ...axesOf(setting), ...env },
  };
  for (const { id, variable, part } of setting.secrets)
    step.secrets[variable] = slug(part === null ? id : `${id}-${part}`, 'secret');
  addStatements(setting.job, step, statements);
  if (step.commands.length === 0) {
    noteFiles(setting.job, step, statements[0]?.line ?? 0);
    return null;
  }
  for (const command of commands) setKnown(step, command);
  step.commands.unshift(...commands);
  return step;
}

/** Commands find the values under the names that they know. */
function axesOf({ matrix }: StageSetting): Record<string, string> {
  return Object.fromEntries(Object.keys(matrix?.axes ?? {}).map((axis) => [axis, `\${matrix.${axis}}`]));
}

/** Files that a step would keep which does not make them. */
export function noteFiles(job: JenkinsJob, { artifacts }: JobStep, line: number): void {
  if (artifacts.length === 0) return;
  const advice = 'write them as artifacts of the step that makes them';
  noteIn(job, line)(`files to keep, ${artifacts.join(', ')}`, advice);
}
