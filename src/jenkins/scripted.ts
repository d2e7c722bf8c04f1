import { parseImageReference } from '../domain/image-reference.ts';
import { plainText, type Statement } from './groovy-statements.ts';
import { type JenkinsJob, noteIn } from './job.ts';
import { labels } from './stage-agent.ts';
import { noteFiles, type StageSetting, stepOf } from './stages.ts';

/** Whether it is a Jenkinsfile of that kind at all. */
export function isScripted(statements: readonly Statement[]): boolean {
  return statements.some(
    (one) => ['node', 'stage'].includes(one.name) || (one.block !== null && isScripted(one.block)),
  );
}

/**
 * Reads the stages of a scripted Jenkinsfile in the order in which they stand, with the commands in them. Of what Groovy decides,
 * the steps must not run on, so that nothing is deployed by mistake.
 */
export function readScripted(job: JenkinsJob, statements: readonly Statement[]): void {
  const setting: StageSetting = {
    ...{ job, image: null, dockerfile: null, exports: [], secrets: [] },
    ...{ branches: null, timeoutSeconds: null, attempts: 1 },
  };
  addAll(setting, { name: 'script', statements }, []);
}

interface Part {
  /** Of the stage. */
  name: string;
  statements: readonly Statement[];
}

/** @returns the positions of the steps that the next ones wait for */
function addAll(setting: StageSetting, { name, statements }: Part, before: number[]): number[] {
  let last = before;
  let loose: Statement[] = [];
  const flush = () => {
    last = addStep(setting, { name, statements: loose }, last);
    loose = [];
  };
  for (const statement of statements) {
    const read = statement.name.endsWith('.inside') ? addInside : blocks.get(statement.name);
    if (read === undefined && !hasStage(statement)) {
      loose.push(statement);
      continue;
    }
    flush();
    last = (read ?? addWrapped)(setting, { name, statement }, last);
  }
  flush();
  return last;
}

interface Block {
  name: string;
  statement: Statement;
}

type ReadBlock = (setting: StageSetting, block: Block, before: number[]) => number[];

const blocks = new Map<string, ReadBlock>([
  ['node', addNode],
  ['stage', addStage],
  ['timestamps', addWithin],
  ['ansiColor', addWithin],
  ['try', addWithin],
  ['if', addDecided],
  ['else', addDecided],
  ['catch', skip],
  ['finally', addFinally],
]);

function addWithin(setting: StageSetting, { name, statement: { block } }: Block, before: number[]): number[] {
  return addAll(setting, { name, statements: block ?? [] }, before);
}

function addNode(setting: StageSetting, block: Block, before: number[]): number[] {
  const { args, line } = block.statement;
  const label = plainText(args[0]);
  if (label !== '') noteIn(setting.job, line)(`the node ${label}`, labels);
  return addWithin(setting, block, before);
}

function addStage(setting: StageSetting, { statement }: Block, before: number[]): number[] {
  const name = plainText(statement.args[0]) || 'stage';
  return addAll(setting, { name, statements: statement.block ?? [] }, before);
}

function addInside(setting: StageSetting, block: Block, before: number[]): number[] {
  const { name, args, line } = block.statement;
  const image = name === 'docker.image.inside' ? plainText(args[0]) : '';
  if (parseImageReference(image) === null)
    noteIn(setting.job, line)(name, 'write the image that its commands run in, under run.image');
  return addWithin({ ...setting, image: parseImageReference(image) && image }, block, before);
}

function addDecided(setting: StageSetting, block: Block, before: number[]): number[] {
  const { name, line } = block.statement;
  const advice = "write it as the step's when; until then its steps run on no branch (when.branches: none)";
  noteIn(setting.job, line)(`${name} (...) around steps`, advice);
  return addWithin({ ...setting, branches: ['none'] }, block, before);
}

function skip(setting: StageSetting, { statement: { line } }: Block, before: number[]): number[] {
  const advice =
    'a failed command fails its step; what is to happen then is a step with run-when: on-failure';
  noteIn(setting.job, line)('catch, and what is in it', advice);
  return before;
}

function addFinally(
  setting: StageSetting,
  { statement: { block, line } }: Block,
  before: number[],
): number[] {
  const step = stepOf(setting, 'finally', block ?? []);
  if (step === null) return before;
  noteFiles(setting.job, step, line);
  setting.job.steps.push({ ...step, artifacts: [], needs: before, runWhen: 'always' });
  return before;
}

/** Around stages there are `withEnv` and the like, and steps of shared libraries. */
function addWrapped(setting: StageSetting, block: Block, before: number[]): number[] {
  const { name, line } = block.statement;
  noteIn(setting.job, line)(`${name} around stages`, 'write what it does in each of the steps');
  return addWithin(setting, block, before);
}

function addStep(setting: StageSetting, { name, statements }: Part, before: number[]): number[] {
  if (statements.length === 0) return before;
  const step = stepOf(setting, name, statements);
  if (step === null) return before;
  setting.job.steps.push({ ...step, needs: before });
  return [setting.job.steps.length - 1];
}

function hasStage({ name, block }: Statement): boolean {
  return name === 'stage' || (block ?? []).some(hasStage);
}
