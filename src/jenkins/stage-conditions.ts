import { parsesAsPattern } from './branch-patterns.ts';
import { plainText, type Statement } from './groovy-syntax.ts';
import type { JenkinsJob, StepCondition } from './job.ts';

/** Of what Jenkins asks that cannot be said: the step must not run on, so that nothing is deployed by mistake. */
export const onNoBranch: StepCondition = { branches: ['none'] };

/** `when { }` as a condition of steps; null: it cannot be said, or not together with an outer one. */
export function conditionOf(
  job: JenkinsJob,
  conditions: readonly Statement[],
  outer: StepCondition | null,
): StepCondition | null {
  const asked = conditions.filter(({ name }) => !/^before(?:Agent|Input|Options)$/.test(name));
  return all(asked.map((one) => readCondition(job, one)).concat(outer ?? {}));
}

/** Each key of all must hold, so no key may come twice; of the parameters no name. */
function all(conditions: readonly (StepCondition | null)[]): StepCondition | null {
  const known = conditions.filter((one) => one !== null);
  const keys = known.flatMap(({ parameters = {}, ...others }) => [
    ...Object.keys(others),
    ...Object.keys(parameters).map((name) => `parameter ${name}`),
  ]);
  if (known.length < conditions.length || new Set(keys).size < keys.length) return null;
  const parameters = Object.assign({}, ...known.map((one) => one.parameters));
  const joined: StepCondition = Object.assign({}, ...known);
  return Object.keys(parameters).length > 0 ? { ...joined, parameters } : joined;
}

function readCondition(job: JenkinsJob, condition: Statement): StepCondition | null {
  return readers.get(condition.name)?.(condition, job) ?? null;
}

const patternIn = ({ named, args }: Statement) => plainText(named.get('pattern') ?? args[0]);

const readers = new Map<string, (condition: Statement, job: JenkinsJob) => StepCondition | null>([
  ['branch', (one) => (isGlob(one) ? branch(patternIn(one)) : null)],
  ['allOf', ({ block }, job) => all((block ?? []).map((one) => readCondition(job, one)))],
  ['anyOf', ({ block }, job) => anyOf((block ?? []).map((one) => readCondition(job, one)))],
  // No run of the draft is for a merge request.
  ['not', ({ block }) => (block?.length === 1 && block[0]?.name === 'changeRequest' ? {} : null)],
  [
    'changeRequest',
    ({ args, named }) => (args.length + named.size > 0 ? null : { trigger: ['merge-request'] }),
  ],
  ['buildingTag', () => ({ trigger: ['tag'] })],
  [
    'changeset',
    (one) => (isGlob(one) && parsesAsPattern(patternIn(one)) ? { paths: [patternIn(one)] } : null),
  ],
  ['triggeredBy', (one) => (patternIn(one) === 'TimerTrigger' ? { trigger: ['schedule'] } : null)],
  ['expression', ({ block }, job) => expression(job, block?.[0])],
  [
    'environment',
    ({ named }, job) => parameter(job, plainText(named.get('name')), plainText(named.get('value'))),
  ],
]);

/** One of several branches. */
function anyOf(conditions: readonly (StepCondition | null)[]): StepCondition | null {
  const branches = conditions.flatMap((one) => {
    const isBranch = one !== null && Object.keys(one).length === 1;
    return (isBranch ? one.branches : undefined) ?? [null];
  });
  const known = branches.filter((one) => one !== null);
  return known.length === branches.length && known.length > 0 ? { branches: known } : null;
}

/** `params.GO`, `params.ENV == 'production'`, `env.BRANCH_NAME == 'main'`. */
function expression(job: JenkinsJob, statement: Statement | undefined): StepCondition | null {
  const [value] = statement?.args ?? [];
  if (value?.kind === 'equals') return compared(job, value);
  const flag = value?.kind === 'word' ? /^params\.(?<name>\w+)$/.exec(value.text)?.groups?.name : undefined;
  return flag === undefined ? null : parameter(job, flag, true);
}

export function compared(
  job: JenkinsJob,
  { word, texts }: { word: string; texts: readonly string[] },
): StepCondition | null {
  if (/^(?:env\.)?(?:BRANCH_NAME|GIT_BRANCH)$/.test(word)) return anyOf(texts.map(branch));
  const name = /^(?:params|env)\.(?<name>\w+)$/.exec(word)?.groups?.name;
  if (name === undefined) return null;
  const [only = '', ...others] = possible(job, name, texts);
  if (others.length === 0) return parameter(job, name, only);
  const isText = parameter(job, name, only)?.parameters?.[name] === only;
  return isText ? { parameters: { [name]: [only, ...others] } } : null;
}

/** Of several values those that the parameter can have: of the others none is ever met. */
function possible(job: JenkinsJob, name: string, texts: readonly string[]): readonly string[] {
  const options: unknown = Object.hasOwn(job.parameters, name)
    ? Object.entries(job.parameters[name] ?? {}).find(([key]) => key === 'options')?.[1]
    : undefined;
  return texts.length > 1 && Array.isArray(options) ? texts.filter((text) => options.includes(text)) : texts;
}

/** Only a value that the parameter can have: another one would be a mistake in the draft. */
function parameter(job: JenkinsJob, name: string, value: string | boolean): StepCondition | null {
  const declared = Object.hasOwn(job.parameters, name) ? Object.entries(job.parameters[name] ?? {}) : [];
  const { type, options } = Object.fromEntries(declared);
  if (type === 'boolean') return `${value}` === 'true' ? { parameters: { [name]: true } } : null;
  if (typeof value === 'boolean' || value === '' || declared.length === 0) return null;
  const isPossible = !Array.isArray(options) || options.includes(value);
  return isPossible ? { parameters: { [name]: value } } : null;
}

function branch(text: string): StepCondition | null {
  const pattern = text.replace(/^origin\//, '');
  return parsesAsPattern(pattern) ? { branches: [pattern] } : null;
}

function isGlob({ named }: Statement): boolean {
  return !named.has('comparator') || /^(?:GLOB|EQUALS)$/.test(plainText(named.get('comparator')));
}
