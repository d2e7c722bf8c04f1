import { plainText, type Statement, type Value } from './groovy-syntax.ts';
import { type Approval, type JenkinsJob, noteIn } from './job.ts';
import { slug } from './slug.ts';

/** Whether somebody is asked anywhere in a statement. */
export function holdsInput({ name, args, block }: Statement): boolean {
  return name === 'input' || args.some(isInput) || (block ?? []).some(holdsInput);
}

function isInput(value: Value): boolean {
  return value.kind === 'call' && (value.name === 'input' || value.args.some(isInput));
}

/** `input` of a stage or a step, also within a `timeout`; of another statement that somebody is asked at all. */
export function approvalOf(job: JenkinsJob, statement: Statement): Approval {
  const { name, block } = statement;
  const [inner] = block ?? [];
  if (name === 'timeout' && inner !== undefined && block?.length === 1)
    return { ...approvalOf(job, inner), timeoutSeconds: secondsOf(statement) };
  const isWhole = name === 'input';
  if (!isWhole) {
    const advice = 'its approval stands before all of it: move what is to be done before';
    noteIn(job, statement.line)(`input within ${name}`, advice);
  }
  return readInput(job, isWhole ? statement : { ...statement, args: [], named: new Map(), block: null });
}

/** `input 'Sure?'`, `input(message: 'Sure?', submitter: 'ops')`, and `input { message 'Sure?' }`. */
function readInput(job: JenkinsJob, { args, named, block, line }: Statement): Approval {
  const note = noteIn(job, line);
  const told = (key: string) =>
    plainText(named.get(key) ?? (block ?? []).find(({ name }) => name === key)?.args[0]);
  // A message has no variables: their names stand for them.
  const message = (told('message') || plainText(args[0])).replaceAll(/\$\{(\w+)\}/g, '$1').slice(0, 500);
  const submitters = told('submitter')
    .split(',')
    .map((one) => one.trim());
  const roles = [...new Set(submitters.filter(Boolean).map((one) => slug(one, 'release')))].slice(0, 20);
  const by = roles.length > 0 ? roles : ['release'];
  note(
    `who may approve (${by.join(', ')})`,
    'give them tokens with that role: trunkline token create --role; authors may not approve, unless not-author: false',
  );
  const isAsked = named.has('parameters') || (block ?? []).some(({ name }) => name === 'parameters');
  if (isAsked || told('submitterParameter') !== '')
    note('what an input asks for', 'make it a parameter of the pipeline: an approval has no values');
  return { by, message: message.trim() === '' ? null : message, timeoutSeconds: null };
}

const seconds: Readonly<Record<string, number>> = { SECONDS: 1, MINUTES: 60, HOURS: 3600, DAYS: 86_400 };

/** Of `timeout(time: 5, unit: 'HOURS')`; null: it cannot be told. */
export function secondsOf({ args, named }: Statement): number | null {
  const amount = Number(plainText(named.get('time') ?? args[0]));
  const unit = seconds[plainText(named.get('unit')) || 'MINUTES'];
  return unit !== undefined && amount > 0 ? amount * unit : null;
}
