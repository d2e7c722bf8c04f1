import type { RunWhen } from '../domain/pipeline.ts';
import { plainText, type Statement } from './groovy-syntax.ts';
import { noteIn, plainStep } from './job.ts';
import { onNoBranch } from './stage-conditions.ts';
import { approvalOf, holdsInput } from './stage-input.ts';
import type { StageSetting } from './stage-setting.ts';
import { noteFiles, stepOf } from './stage-step.ts';

export interface Part {
  /** Of the stage. */
  name: string;
  statements: readonly Statement[];
}

/**
 * Adds what stands in `steps { }`: its commands are one step, but for what waits for people and what runs in another container.
 * @returns the positions of the steps that the next ones wait for
 */
export function addParts(setting: StageSetting, { name, statements }: Part, before: number[]): number[] {
  let last = before;
  let loose: Statement[] = [];
  const flush = () => {
    last = addCommands(setting, { name, statements: loose }, last);
    loose = [];
  };
  for (const statement of statements) {
    const isAsking = holdsInput(statement);
    if (!isAsking && statement.name !== 'container') {
      loose.push(statement);
      continue;
    }
    flush();
    if (isAsking) last = addApproval(setting, { name, statement }, last);
    if (statement.name === 'container') last = addContainer(setting, { name, statement }, last);
    else if (!isNothingElse(statement)) loose.push(statement);
  }
  flush();
  return last;
}

/** What comes after several branches waits for all of them; one that came to nothing is not waited for. */
export function joined(last: readonly number[], before: readonly number[]): number[] {
  const made = [...new Set(last)].filter((position) => !before.includes(position));
  return made.length === 0 ? [...before] : made;
}

/** Whether a statement does nothing but ask. */
function isNothingElse({ name, block }: Statement): boolean {
  return name === 'input' || (name === 'timeout' && block?.length === 1 && block[0]?.name === 'input');
}

interface Asking {
  name: string;
  statement: Statement;
}

/** @returns its position, for the next ones */
export function addApproval(setting: StageSetting, { name, statement }: Asking, before: number[]): number[] {
  const { job } = setting;
  // Of a condition that cannot be told nobody knows when it holds: what comes after must not go on unasked.
  const condition = setting.condition === onNoBranch ? null : setting.condition;
  const approve = approvalOf(job, statement);
  const title = /^approv/i.test(name) ? name : `approve-${name}`;
  job.steps.push({ ...plainStep(title), approve, condition, needs: before });
  return [job.steps.length - 1];
}

/** `container('maven') { }` of a pod whose containers are known. */
function addContainer(setting: StageSetting, { name, statement }: Asking, before: number[]): number[] {
  const { args, named, block, line } = statement;
  const wanted = plainText(named.get('name') ?? args[0]);
  const image = setting.containers.get(wanted) ?? null;
  if (image === null)
    noteIn(setting.job, line)(`the container ${wanted}`, 'write its image under run.image of the step');
  return addParts({ ...setting, image, dockerfile: null }, { name, statements: block ?? [] }, before);
}

function addCommands(setting: StageSetting, { name, statements }: Part, before: number[]): number[] {
  if (statements.length === 0) return before;
  const step = stepOf(setting, name, statements);
  if (step === null) return before;
  setting.job.steps.push({ ...step, needs: before });
  return [setting.job.steps.length - 1];
}

/** What is done in the end whatever was before, or just when it went badly; it makes no files that are kept. */
export function addAtEnd(
  setting: StageSetting,
  { name, statements, runWhen }: Part & { runWhen: RunWhen },
  last: number[],
): void {
  const step = stepOf(setting, name, statements);
  if (step === null) return;
  // It begins in a fresh tree: what it would keep others have made.
  noteFiles(setting.job, step, statements[0]?.line ?? 0);
  setting.job.steps.push({ ...step, artifacts: [], needs: last, runWhen });
}
