import { posix } from 'node:path';
import { plainText, type Statement, type Value } from './groovy-syntax.ts';
import type { JenkinsJob, JobStep } from './job.ts';
import { addArtifacts } from './kept-files.ts';
import { literal } from './literal.ts';
import { addSecret, type WantedSecret } from './secrets.ts';
import { addScript, setKnown } from './shell-commands.ts';
import { secondsOf } from './stage-input.ts';
import { adviceOn } from './step-advices.ts';
import { readCheckout } from './step-source.ts';

/** Adds what stands in `steps { }` to a step, as commands. */
export function addStatements(job: JenkinsJob, step: JobStep, statements: readonly Statement[]): void {
  for (const statement of statements) {
    const handle = isPlainScript(statement) ? nested : handlers.get(statement.name);
    if (handle !== undefined) handle(job, step, statement);
    if (handle === undefined || tellsItself.has(statement.name))
      noteStep(job, statement, handle !== undefined);
    if (statements.length > 1 && limitsCommands(statement)) {
      const advice = 'the whole step is limited, not these commands alone';
      job.notes.push({ line: statement.line, what: 'timeout around a part of the stage', advice });
    }
  }
}

/** An approval is a step of its own, with its own limit. */
function limitsCommands({ name, block }: Statement): boolean {
  return name === 'timeout' && block?.some((one) => one.name !== 'input') === true;
}

function noteStep(job: JenkinsJob, statement: Statement, isKnown: boolean): void {
  const { name, line, block } = statement;
  const isLost = !isKnown && block !== null;
  const advice = adviceOn(statement) ?? (isKnown ? aroundAdvice : 'write what it does as a command');
  job.notes.push({ line, what: `the step ${name}${isLost ? ', and what is in it' : ''}`, advice });
}

/** A `script` that holds steps alone; of any other one there is nothing left, or that somebody is asked. */
function isPlainScript({ name, block }: Statement): boolean {
  return (
    name === 'script' && block !== null && block.length > 0 && block.every((one) => one.name !== 'input')
  );
}

const aroundAdvice =
  'what is in it is carried; write what it adds with env, secrets or the image of the step';

type Handler = (job: JenkinsJob, step: JobStep, statement: Statement) => void;

const nested: Handler = (job, step, { block }) => addStatements(job, step, block ?? []);

/** What is in them is carried, they themselves are told. */
const around = [
  ...['sshagent', 'lock', 'catchError', 'warnError', 'withSonarQubeEnv', 'withMaven', 'nodejs', 'ws'],
  ...['configFileProvider', 'withAWS', 'withKubeConfig', 'withDockerRegistry', 'wrap', 'throttle'],
  ...['gitlabCommitStatus', 'gitlabBuilds', 'withChecks', 'docker.withRegistry'],
];
const tellsItself = new Set(around);

const handlers = new Map<string, Handler>([
  ['sh', addShell],
  ['echo', (_job, step, { args, named }) => addEcho(step, args[0] ?? named.get('message'))],
  [
    'error',
    (_job, step, { args, named }) => {
      addEcho(step, args[0] ?? named.get('message'));
      step.commands.push('exit 1');
    },
  ],
  ['checkout', (job, _step, statement) => readCheckout(job, statement)],
  ['git', (job, _step, statement) => readCheckout(job, statement)],
  ['cleanWs', () => undefined],
  ['deleteDir', () => undefined],
  ['timestamps', nested],
  ['ansiColor', nested],
  ['dir', addFolder],
  ['timeout', addTimeout],
  ['retry', addRetry],
  ['withEnv', addVariables],
  ['withCredentials', addCredentials],
  [
    'archiveArtifacts',
    (job, step, { args, named, line }) =>
      addArtifacts(job, step, {
        text: plainText(named.get('artifacts') ?? args[0]),
        excluded: plainText(named.get('excludes')),
        line,
      }),
  ],
  [
    'stash',
    (job, step, { named, line }) =>
      addArtifacts(job, step, {
        text: plainText(named.get('includes')),
        excluded: plainText(named.get('excludes')),
        line,
      }),
  ],
  ['unstash', () => undefined],
  // An approval stands before the step.
  ['input', () => undefined],
  ...around.map((name) => [name, nested] as const),
]);

/** A text of Groovy may name variables, which the shell then puts in. */
function addEcho(step: JobStep, value: Value | undefined): void {
  const text = plainText(value);
  const names = value?.kind === 'text' ? value.names : [];
  if (names.length === 0) return void step.commands.push(`echo ${quote(text)}`);
  const isKept = (whole: string) => names.some((name) => whole === `\${${name}}`);
  const inner = text.replaceAll(/\$\{\w+\}|["\\$`]/g, (whole) => (isKept(whole) ? whole : escapedIn(whole)));
  step.commands.push(`echo "${inner}"`);
  setKnown(step, text);
}

function escapedIn(text: string): string {
  return text.replaceAll(/["\\$`]/g, '\\$&');
}

function addShell(job: JenkinsJob, step: JobStep, { args, named, line }: Statement): void {
  const value = named.get('script') ?? args[0];
  if (value?.kind !== 'text' || value.odd.length > 0) {
    const odd = value?.kind === 'text' ? `: ${value.odd.join(', ')}` : '';
    job.notes.push({ line, what: `a shell script that Groovy makes${odd}`, advice: 'write it out' });
    if (value?.kind !== 'text') return;
  }
  if (plainText(named.get('returnStatus')) === 'true') {
    const advice = 'a command that fails ends the step: write what is to be done then behind it, with ||';
    job.notes.push({ line, what: 'returnStatus of a shell script', advice });
  }
  addScript(job, step, { text: withoutMargin(value.text), line });
}

/** `[string(credentialsId: 'a', variable: 'A'), usernamePassword(...)]` */
function addCredentials(job: JenkinsJob, step: JobStep, statement: Statement): void {
  const { args, line } = statement;
  const [list] = args;
  for (const binding of list?.kind === 'list' ? list.items : []) {
    if (binding.kind !== 'call') continue;
    const textOf = (key: string) => plainText(binding.named.get(key));
    const id = textOf('credentialsId');
    const secret = (variable: string, part: WantedSecret['part']) =>
      addSecret(job, step, { id, variable: textOf(variable), part, line });
    if (binding.name === 'string') secret('variable', null);
    else if (binding.name === 'usernamePassword') {
      secret('usernameVariable', 'username');
      secret('passwordVariable', 'password');
    } else {
      const advice = 'a secret is a variable of a step: write a file from it with a command';
      job.notes.push({ line, what: `the credentials ${id} (${binding.name})`, advice });
    }
  }
  nested(job, step, statement);
}

/** Scripts are indented as their file is. */
function withoutMargin(text: string): string {
  const lines = text.replace(/^[ \t]*\n/, '').split('\n');
  const margins = lines
    .filter((line, index) => line.trim() !== '' && !(index === 0 && line.startsWith('#!')))
    .map((line) => /^[ \t]*/.exec(line)?.[0].length ?? 0);
  const margin = margins.reduce((least, one) => Math.min(least, one), Number.MAX_SAFE_INTEGER);
  const isAtMargin = (index: number) => index === 0 && (lines[0] ?? '').startsWith('#!');
  return lines.map((line, index) => (isAtMargin(index) ? line : line.slice(margin))).join('\n');
}

function addFolder(job: JenkinsJob, step: JobStep, { args, block, line }: Statement): void {
  const inner: JobStep = { ...step, commands: [], artifacts: [] };
  const folder = plainText(args[0]) || '.';
  addStatements(job, inner, block ?? []);
  keepIn(folder, { job, step, line }, inner.artifacts);
  Object.assign(step, { timeoutSeconds: inner.timeoutSeconds, attempts: inner.attempts });
  if (inner.commands.length > 0)
    step.commands.push(['(', `cd ${quote(folder)}`, ...inner.commands, ')'].join('\n'));
}

/** Patterns are relative to the folder in which they stand, those of a step to its tree. */
function keepIn(
  folder: string,
  { job, step, line }: { job: JenkinsJob; step: JobStep; line: number },
  patterns: readonly string[],
): void {
  if (patterns.length === 0) return;
  const text = patterns.map((pattern) => posix.join(folder, pattern)).join(', ');
  if (!/[\s,]/.test(folder)) {
    addArtifacts(job, step, { text, excluded: '', line });
    return;
  }
  const advice = 'write them as patterns under artifacts of the step';
  job.notes.push({ line, what: `files to keep, ${text}`, advice });
}

function addTimeout(job: JenkinsJob, step: JobStep, statement: Statement): void {
  const seconds = secondsOf(statement);
  if (seconds !== null) step.timeoutSeconds = seconds;
  else
    job.notes.push({
      line: statement.line,
      what: 'a timeout',
      advice: 'write it as the timeout of the step',
    });
  nested(job, step, statement);
}

function addRetry(job: JenkinsJob, step: JobStep, statement: Statement): void {
  const count = Number(plainText(statement.named.get('count') ?? statement.args[0]));
  if (count >= 1) step.attempts = Math.floor(count);
  const advice = 'the whole step is tried again, not these commands alone';
  job.notes.push({ line: statement.line, what: 'retry around a part of the stage', advice });
  nested(job, step, statement);
}

function addVariables(job: JenkinsJob, step: JobStep, statement: Statement): void {
  const [list] = statement.args;
  for (const item of list?.kind === 'list' ? list.items : []) {
    const [, name, value] = /^([A-Za-z_]\w*)=(.*)$/s.exec(plainText(item)) ?? [];
    if (name !== undefined && value !== undefined && !value.includes('$')) step.env[name] = literal(value);
    else
      job.notes.push({
        line: statement.line,
        what: 'a variable of withEnv',
        advice: 'set it in the commands',
      });
  }
  nested(job, step, statement);
}

function quote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
