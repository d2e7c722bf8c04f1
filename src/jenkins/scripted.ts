import { parseImageReference } from '../domain/image-reference.ts';
import { plainText, type Statement } from './groovy-syntax.ts';
import { type JenkinsJob, noteIn } from './job.ts';
import { containersOfTemplate } from './pod-containers.ts';
import { readProperties } from './properties.ts';
import { branchesOf, type Definitions, definitionsIn } from './scripted-parallel.ts';
import { labels } from './stage-agent.ts';
import { compared, onNoBranch } from './stage-conditions.ts';
import { addAtEnd, addParts, joined, type Part } from './stage-parts.ts';
import { plainSetting, type StageSetting } from './stage-setting.ts';

/** Whether it is a Jenkinsfile of that kind at all. */
export function isScripted(statements: readonly Statement[]): boolean {
  return statements.some(
    (one) =>
      ['node', 'stage', 'podTemplate'].includes(one.name) || (one.block !== null && isScripted(one.block)),
  );
}

/**
 * Reads the stages of a scripted Jenkinsfile in the order in which they stand, with the commands in them. Of what Groovy decides,
 * the steps must not run on, so that nothing is deployed by mistake.
 */
export function readScripted(job: JenkinsJob, statements: readonly Statement[], name: string): void {
  const properties = statements.filter((one) => one.name === 'properties');
  for (const one of properties) readProperties(job, one, name);
  const rest = statements.filter((one) => !properties.includes(one));
  const place: Place = { setting: plainSetting(job), definitions: definitionsIn(rest) };
  addAll(place, { name: 'script', statements: rest }, []);
}

/** What holds for a part of the script. */
interface Place {
  setting: StageSetting;
  /** What it has put together for `parallel`. */
  definitions: Definitions;
}

/** @returns the positions of the steps that the next ones wait for */
function addAll(place: Place, { name, statements }: Part, before: number[]): number[] {
  let last = before;
  let loose: Statement[] = [];
  const flush = () => {
    last = addParts(place.setting, { name, statements: loose }, last);
    loose = [];
  };
  for (const statement of statements) {
    if (place.definitions.statements.has(statement)) continue;
    const read = statement.name.endsWith('.inside') ? addInside : blocks.get(statement.name);
    if (read === undefined && !hasStage(statement)) {
      loose.push(statement);
      continue;
    }
    flush();
    last = (read ?? addWrapped)(place, { name, statement }, last);
  }
  flush();
  return last;
}

interface Block {
  name: string;
  statement: Statement;
}

type ReadBlock = (place: Place, block: Block, before: number[]) => number[];

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
  ['parallel', addParallel],
  ['podTemplate', addPod],
  ['properties', addProperties],
  ['container', addContainer],
]);

function addProperties(place: Place, { name, statement }: Block, before: number[]): number[] {
  readProperties(place.setting.job, statement, name);
  return before;
}

function addWithin(place: Place, { name, statement: { block } }: Block, before: number[]): number[] {
  return addAll(place, { name, statements: block ?? [] }, before);
}

function addNode(place: Place, block: Block, before: number[]): number[] {
  const { args, line } = block.statement;
  const label = plainText(args[0]);
  if (label !== '' && label !== 'POD_LABEL') noteIn(place.setting.job, line)(`the node ${label}`, labels);
  return addWithin(place, block, before);
}

function addStage(place: Place, { statement }: Block, before: number[]): number[] {
  const name = plainText(statement.args[0]) || 'stage';
  return addAll(place, { name, statements: statement.block ?? [] }, before);
}

/** Each branch begins after what was before, and the next waits for all of them. */
function addParallel(place: Place, { statement }: Block, before: number[]): number[] {
  const branches = branchesOf(place.setting.job, statement, place.definitions);
  if (branches.length === 0) return before;
  return joined(
    branches.flatMap((branch) => addAll(place, branch, before)),
    before,
  );
}

function addPod(place: Place, block: Block, before: number[]): number[] {
  const containers = containersOfTemplate(block.statement);
  const [image = null] = containers.values();
  const advice = 'steps run in the images of its containers; volumes, resources and accounts are not carried';
  noteIn(place.setting.job, block.statement.line)('podTemplate', advice);
  return addWithin({ ...place, setting: { ...place.setting, containers, image } }, block, before);
}

function addContainer(place: Place, block: Block, before: number[]): number[] {
  const { args, named, line } = block.statement;
  const name = plainText(named.get('name') ?? args[0]);
  const image = place.setting.containers.get(name) ?? null;
  if (image === null)
    noteIn(place.setting.job, line)(`the container ${name}`, 'write its image under run.image of the step');
  return addWithin({ ...place, setting: { ...place.setting, image } }, block, before);
}

function addInside(place: Place, block: Block, before: number[]): number[] {
  const { name, args, line } = block.statement;
  const image = name === 'docker.image.inside' ? plainText(args[0]) : '';
  if (parseImageReference(image) === null)
    noteIn(place.setting.job, line)(name, 'write the image that its commands run in, under run.image');
  const setting = { ...place.setting, image: parseImageReference(image) && image };
  return addWithin({ ...place, setting }, block, before);
}

/** `if (env.BRANCH_NAME == 'main')`; of what else Groovy decides the steps must not run on. */
function addDecided(place: Place, block: Block, before: number[]): number[] {
  const { name, line, args } = block.statement;
  const { setting } = place;
  const [asked] = args;
  const isAlone = name === 'if' && args.length === 1 && setting.condition === null;
  const condition = isAlone && asked?.kind === 'equals' ? compared(setting.job, asked) : null;
  if (condition === null) {
    const advice = "write it as the step's when; until then its steps run on no branch (when.branches: none)";
    noteIn(setting.job, line)(`${name} (...) around steps`, advice);
  }
  const decided = { ...setting, condition: condition ?? onNoBranch };
  return addWithin({ ...place, setting: decided }, block, before);
}

function skip({ setting }: Place, { statement: { line } }: Block, before: number[]): number[] {
  const advice =
    'a failed command fails its step; what is to happen then is a step with run-when: on-failure';
  noteIn(setting.job, line)('catch, and what is in it', advice);
  return before;
}

/** A node in it is looked through: its steps are done on any machine. */
function addFinally({ setting }: Place, { statement }: Block, before: number[]): number[] {
  const inner = (statement.block ?? []).flatMap((one) => (one.name === 'node' ? (one.block ?? []) : [one]));
  addAtEnd(setting, { name: 'finally', statements: inner, runWhen: 'always' }, before);
  return before;
}

/** Around stages there are `withEnv` and the like, and steps of shared libraries. */
function addWrapped(place: Place, block: Block, before: number[]): number[] {
  const { name, line } = block.statement;
  noteIn(place.setting.job, line)(`${name} around stages`, 'write what it does in each of the steps');
  return addWithin(place, block, before);
}

/** Whether it has stages or other steps in it that stand for themselves. */
function hasStage({ name, block }: Statement): boolean {
  return ['stage', 'parallel', 'node'].includes(name) || (block ?? []).some(hasStage);
}
