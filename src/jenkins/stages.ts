import type { RunWhen } from '../domain/pipeline.ts';
import { plainText, type Statement } from './groovy-syntax.ts';
import { type JenkinsJob, noteIn } from './job.ts';
import { readAgent } from './stage-agent.ts';
import { conditionOf, onNoBranch } from './stage-conditions.ts';
import { secondsOf } from './stage-input.ts';
import { readMatrix } from './stage-matrix.ts';
import { addApproval, addAtEnd, addParts, joined } from './stage-parts.ts';
import type { StageSetting } from './stage-setting.ts';
import { addStatements } from './stage-steps.ts';
import { readVariables } from './stage-variables.ts';

/** Stages one after the other. @returns the positions of the steps that the next ones wait for */
export function addStages(setting: StageSetting, stages: Statement, before: number[]): number[] {
  return (stages.block ?? []).reduce((last, stage) => addStage(setting, stage, last), before);
}

function addStage(outer: StageSetting, stage: Statement, before: number[]): number[] {
  const name = plainText(stage.args[0]) || 'stage';
  return addSections(outer, { name, sections: stage.block ?? [] }, before);
}

interface Sections {
  /** Of the stage. */
  name: string;
  sections: readonly Statement[];
}

function addSections(outer: StageSetting, { name, sections }: Sections, before: number[]): number[] {
  const setting = { ...outer, exports: [...outer.exports], secrets: [...outer.secrets] };
  for (const section of sections) readers.get(section.name)?.(setting, section, name);
  const input = sections.find((section) => section.name === 'input');
  const begin = input === undefined ? before : addApproval(setting, { name, statement: input }, before);
  const first = setting.job.steps.length;
  const last = sections.reduce((done, section) => addSection(setting, { name, section }, done), begin);
  for (const post of sections.filter((section) => section.name === 'post'))
    addPost(setting, { post, stage: name, own: setting.job.steps.slice(first) }, last);
  return last;
}

const readers = new Map<string, (setting: StageSetting, section: Statement, stage: string) => void>([
  ['agent', readAgent],
  ['environment', readVariables],
  ['when', readCondition],
  ['options', readOptions],
]);

function readCondition(setting: StageSetting, { block, line }: Statement, stage: string): void {
  const conditions = block ?? [];
  const { job, condition } = setting;
  setting.condition = conditionOf(job, conditions, condition);
  if (setting.condition !== null) return;
  const what = `when { ${conditions.map(({ name }) => name).join(', ')} } of the stage ${stage}`;
  const advice = "write it as the step's when; until then it runs on no branch (when.branches: none)";
  noteIn(job, line)(what, advice);
  setting.condition = onNoBranch;
}

function readOptions(setting: StageSetting, { block }: Statement, stage: string): void {
  for (const option of block ?? []) {
    const { name, args, named, line } = option;
    const count = Number(plainText(named.get('count') ?? args[0]));
    if (name === 'timeout') setting.timeoutSeconds = secondsOf(option) ?? setting.timeoutSeconds;
    else if (name === 'retry' && count >= 1) setting.attempts = Math.floor(count);
    else if (!['timestamps', 'ansiColor', 'skipDefaultCheckout'].includes(name))
      noteIn(setting.job, line)(`the option ${name} of the stage ${stage}`, optionAdvice(name));
  }
}

function optionAdvice(name: string): string {
  const lock = 'write concurrency.group: runs with the same one wait for each other';
  return name === 'lock' ? lock : 'look what it does, and whether it is still needed';
}

interface Section {
  /** Of the stage. */
  name: string;
  section: Statement;
}

function addSection(setting: StageSetting, { name, section }: Section, before: number[]): number[] {
  if (section.name === 'steps') return addParts(setting, { name, statements: section.block ?? [] }, before);
  if (section.name === 'stages') return addStages(setting, section, before);
  if (section.name === 'matrix') return addMatrix(setting, { name, section }, before);
  if (section.name !== 'parallel') {
    noteSection(setting.job, section, name);
    return before;
  }
  const branches = (section.block ?? []).filter((one) => one.name === 'stage');
  return joined(
    branches.flatMap((one) => addStage(setting, one, before)),
    before,
  );
}

/** All combinations go through one of its stages before one begins the next. */
function addMatrix(setting: StageSetting, { name, section }: Section, before: number[]): number[] {
  const { job } = setting;
  const matrix = readMatrix(job, section);
  if (matrix === null) return before;
  const sections = (section.block ?? []).filter((one) => !['axes', 'excludes'].includes(one.name));
  const first = job.steps.length;
  const last = addSections({ ...setting, matrix }, { name, sections }, before);
  if (job.steps.length > first + 1) {
    const advice = 'each stage of it waits for all combinations of the one before, not for its own alone';
    noteIn(job, section.line)(`the matrix of the stage ${name}`, advice);
  }
  return last;
}

const whenOf: Readonly<Record<string, RunWhen>> = {
  always: 'always',
  cleanup: 'always',
  failure: 'on-failure',
  unsuccessful: 'on-failure',
  success: 'on-success',
  aborted: 'on-cancel',
};

export interface Post {
  post: Statement;
  /** null: of the pipeline. */
  stage: string | null;
  /** The steps of the stage. */
  own: JenkinsJob['steps'];
}

/** What is done at the end, by how it went; files that a stage keeps then are made by its last step. */
export function addPost(setting: StageSetting, { post, stage, own }: Post, last: number[]): void {
  const maker = own.findLast(({ approve }) => approve === null);
  for (const { name, line, block } of post.block ?? []) {
    const runWhen = whenOf[name];
    if (runWhen === undefined) {
      noteIn(setting.job, line)(
        `post { ${name} }`,
        'a step runs on-success, on-failure, on-cancel or always',
      );
      continue;
    }
    const statements = block ?? [];
    const isKept = (one: Statement) => ['archiveArtifacts', 'stash'].includes(one.name);
    const kept = maker === undefined ? [] : statements.filter(isKept);
    if (maker !== undefined) addStatements(setting.job, maker, kept);
    const title = stage === null ? `post-${name}` : `${stage}-post-${name}`;
    const others = statements.filter((one) => !kept.includes(one));
    addAtEnd(setting, { name: title, statements: others, runWhen }, last);
  }
}

function noteSection(job: JenkinsJob, { name, line }: Statement, stage: string): void {
  if (['post', 'input'].includes(name) || readers.has(name)) return;
  noteIn(job, line)(`${name} of the stage ${stage}`, advices[name] ?? optionAdvice(name));
}

const advices: Readonly<Record<string, string>> = { tools: 'the image of the step has its tools' };
