import { patternMistake } from '../domain/path-filter.ts';
import type { Statement } from './groovy-statements.ts';
import { plainText } from './groovy-statements.ts';
import { type JenkinsJob, type JobStep, noteIn, plainStep } from './job.ts';
import type { WantedSecret } from './secrets.ts';
import { setKnown } from './shell-commands.ts';
import { slug } from './slug.ts';
import { readAgent } from './stage-agent.ts';
import { addStatements } from './stage-steps.ts';
import { readVariables, splitVariables } from './stage-variables.ts';

/** What holds for the stages below a place. */
export interface StageSetting {
  job: JenkinsJob;
  image: string | null;
  dockerfile: JobStep['dockerfile'];
  exports: { name: string; value: string }[];
  secrets: WantedSecret[];
  /** Patterns of branches; null: all. */
  branches: string[] | null;
  timeoutSeconds: number | null;
  attempts: number;
}

/** Stages one after the other. @returns the positions of the steps that the next ones wait for */
export function addStages(setting: StageSetting, stages: Statement, before: number[]): number[] {
  return (stages.block ?? []).reduce((last, stage) => addStage(setting, stage, last), before);
}

function addStage(outer: StageSetting, stage: Statement, before: number[]): number[] {
  const setting = { ...outer, exports: [...outer.exports], secrets: [...outer.secrets] };
  const name = plainText(stage.args[0]) || 'stage';
  const sections = stage.block ?? [];
  for (const section of sections) {
    if (section.name === 'agent') readAgent(setting, section);
    else if (section.name === 'environment') readVariables(setting, section);
    else if (section.name === 'when') readCondition(setting, section, name);
  }
  return sections.reduce((last, section) => addSection(setting, { name, section }, last), before);
}

/** `when { branch 'main' }`; of other conditions the step must not run on, so that nothing is deployed by mistake. */
function readCondition(setting: StageSetting, { block, line }: Statement, stage: string): void {
  const conditions = (block ?? []).filter(({ name }) => name !== 'beforeAgent');
  const patterns = conditions.map(branchOf);
  if (conditions.length === 1 && setting.branches === null && patterns[0] != null)
    setting.branches = [patterns[0]];
  else {
    const what = `when { ${conditions.map(({ name }) => name).join(', ')} } of the stage ${stage}`;
    const advice = "write it as the step's when; until then it runs on no branch (when.branches: none)";
    setting.job.notes.push({ line, what, advice });
    setting.branches = ['none'];
  }
}

function branchOf({ name, args, named }: Statement): string | null {
  const pattern = plainText(named.get('pattern') ?? args[0]).replace(/^origin\//, '');
  const isGlob = !named.has('comparator') || /^(?:GLOB|EQUALS)$/.test(plainText(named.get('comparator')));
  const isUsable =
    name === 'branch' && isGlob && patternMistake(pattern) === null && !pattern.startsWith('!');
  return isUsable ? pattern : null;
}

interface Section {
  /** Of the stage. */
  name: string;
  section: Statement;
}

function addSection(setting: StageSetting, { name, section }: Section, before: number[]): number[] {
  if (section.name === 'steps') return addStep(setting, { name, section }, before);
  if (section.name === 'stages') return addStages(setting, section, before);
  if (section.name !== 'parallel') {
    noteSection(setting.job, section, name);
    return before;
  }
  const branches = (section.block ?? []).filter((one) => one.name === 'stage');
  const last = branches.flatMap((one) => addStage(setting, one, before));
  return branches.length === 0 ? before : last.filter(isFirst);
}

function isFirst(position: number, index: number, all: number[]): boolean {
  return all.indexOf(position) === index;
}

function addStep(setting: StageSetting, { name, section }: Section, needs: number[]): number[] {
  const step = stepOf(setting, name, section.block ?? []);
  if (step === null) return needs;
  setting.job.steps.push({ ...step, needs });
  return [setting.job.steps.length - 1];
}

/** @returns null: nothing of them could be carried as a command */
export function stepOf(
  setting: StageSetting,
  name: string,
  statements: readonly Statement[],
): JobStep | null {
  const { env, commands } = splitVariables(setting.exports);
  const { image, dockerfile, timeoutSeconds, attempts, branches } = setting;
  const step: JobStep = { ...plainStep(name), image, dockerfile, timeoutSeconds, attempts, branches, env };
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

const whenOf: Readonly<Record<string, JobStep['runWhen']>> = {
  always: 'always',
  cleanup: 'always',
  failure: 'on-failure',
  unsuccessful: 'on-failure',
  success: 'on-success',
};

/** What is done at the end, by how it went. */
export function addPost(setting: StageSetting, post: Statement, last: number[]): void {
  for (const condition of post.block ?? []) {
    const runWhen = whenOf[condition.name];
    if (runWhen === undefined) {
      const advice = 'a step runs on-success, on-failure or always';
      setting.job.notes.push({ line: condition.line, what: `post { ${condition.name} }`, advice });
      continue;
    }
    const step = stepOf(setting, `post-${condition.name}`, condition.block ?? []);
    if (step === null) continue;
    // It begins in a fresh tree: what it would keep others have made.
    noteFiles(setting.job, step, condition.line);
    setting.job.steps.push({ ...step, artifacts: [], needs: last, runWhen });
  }
}

function noteSection(job: JenkinsJob, { name, line }: Statement, stage: string): void {
  if (['agent', 'environment', 'when'].includes(name)) return;
  const what = `${name} of the stage ${stage}`;
  const advice = advices[name] ?? 'look what it does, and whether it is still needed';
  job.notes.push({ line, what, advice });
}

const advices: Readonly<Record<string, string>> = {
  post: 'write a step with run-when and needs',
  input: 'write an approve step before it: approve: { by: [ROLE] }',
  options: 'timeout and retry are keys of a step',
  matrix: 'write a step with matrix, which is made once for each combination',
  tools: 'the image of the step has its tools',
};

/** Files that a step would keep which does not make them. */
export function noteFiles(job: JenkinsJob, { artifacts }: JobStep, line: number): void {
  if (artifacts.length === 0) return;
  const advice = 'write them as artifacts of the step that makes them';
  noteIn(job, line)(`files to keep, ${artifacts.join(', ')}`, advice);
}
