import { plainText, readStatements, type Statement, type Statements } from './groovy-statements.ts';
import { emptyJob, type JenkinsJob, type Unreadable } from './job.ts';
import { addParameter } from './job-parameters.ts';
import { addOther, addPoll, addSchedule, addUpstream } from './job-triggers.ts';
import { isScripted, readScripted } from './scripted.ts';
import { readAgent } from './stage-agent.ts';
import { readVariables } from './stage-variables.ts';
import { addPost, addStages, type StageSetting } from './stages.ts';

const maxBytes = 256 * 1024;

/** Reads a Jenkinsfile as far as pipelines go: a declarative one, or the stages of a scripted one. Never throws. */
export function readJenkinsfile(text: string, name: string): JenkinsJob | Unreadable {
  if (Buffer.byteLength(text) > maxBytes)
    return { line: 1, problem: `it is larger than ${maxBytes / 1024} KiB` };
  if (text.trim() === '') return { line: 1, problem: 'it is empty' };
  const declarative = readStatements(text);
  const pipeline = declarative.statements.find((one) => one.name === 'pipeline' && one.block !== null);
  const read = pipeline === undefined ? readStatements(text, true) : declarative;
  if (read.openLine !== null) return { line: read.openLine, problem: 'a { before this line is never closed' };
  const job = emptyJob();
  noteUnreadable(job, read);
  if (pipeline?.block == null) {
    if (!isScripted(read.statements))
      return { line: 1, problem: 'there is neither a pipeline { } nor a node { } or a stage in it' };
    readScripted(job, read.statements);
    return job;
  }
  for (const other of read.statements) if (other !== pipeline) noteUnknown(job, other);
  readPipeline(job, pipeline.block, name);
  return job;
}

function noteUnreadable(job: JenkinsJob, { unreadable }: Statements): void {
  for (const { line, text: what } of unreadable) {
    const advice =
      what === '@'
        ? 'what a shared library does stands nowhere here: write it as commands, or as templates to include'
        : 'it is Groovy: write what it does as commands, or as a script in the tree';
    job.notes.push({ line, what: `the line that begins with "${what}"`, advice });
  }
}

function readPipeline(job: JenkinsJob, sections: Statement[], name: string): void {
  const setting: StageSetting = {
    job,
    image: null,
    dockerfile: null,
    exports: [],
    secrets: [],
    branches: null,
    timeoutSeconds: null,
    attempts: 1,
  };
  for (const section of sections) {
    const read = readers.get(section.name);
    if (read !== undefined) read(setting, section, name);
    else if (!['stages', 'post'].includes(section.name)) noteUnknown(job, section);
  }
  // After the rest, wherever they stand: they work with it.
  const named = (wanted: string) => sections.filter((section) => section.name === wanted);
  const last = named('stages').reduce<number[]>((before, stages) => addStages(setting, stages, before), []);
  for (const post of named('post')) addPost(setting, post, last);
}

const readers = new Map<string, (setting: StageSetting, section: Statement, name: string) => void>([
  ['agent', readAgent],
  ['environment', readVariables],
  ['options', readOptions],
  ['parameters', ({ job }, section) => readParameters(job, section)],
  ['triggers', ({ job }, section, name) => readTriggers(job, section, name)],
]);

function readOptions({ job }: StageSetting, options: Statement): void {
  for (const option of options.block ?? []) {
    if (['timestamps', 'ansiColor', 'skipDefaultCheckout'].includes(option.name)) continue;
    const advice = optionAdvices[option.name] ?? 'look what it does, and whether it is still needed';
    job.notes.push({ line: option.line, what: `the option ${option.name}`, advice });
  }
}

const optionAdvices: Readonly<Record<string, string>> = {
  timeout: 'each step has a timeout of its own, an hour by default; there is none of the whole run',
  retry: 'each step has a retry of its own',
  buildDiscarder: 'how long runs are kept is up to the server',
  disableConcurrentBuilds: 'runs of one branch never overlap; concurrency.group says otherwise',
  quietPeriod: 'write on.commit.quiet',
};

function readParameters(job: JenkinsJob, parameters: Statement): void {
  for (const { name: kind, named, line } of parameters.block ?? []) {
    const listed = named.get('choices');
    const choices = listed?.kind === 'list' ? listed.items.map(plainText) : plainText(listed).split('\n');
    addParameter(job, {
      name: plainText(named.get('name')),
      kind,
      value: plainText(named.get('defaultValue')),
      choices: choices.filter(Boolean),
      description: plainText(named.get('description')),
      line,
    });
  }
}

function readTriggers(job: JenkinsJob, triggers: Statement, jobName: string): void {
  for (const { name, args, named, line } of triggers.block ?? []) {
    const text = plainText(args[0]);
    if (name === 'cron') addSchedule(job, { text, line }, jobName);
    else if (name === 'pollSCM') addPoll(job, { text, line });
    else if (name === 'upstream') {
      const threshold = plainText(named.get('threshold')).split('.').at(-1) ?? '';
      addUpstream(job, { text: plainText(named.get('upstreamProjects')) || text, threshold, line });
    } else addOther(job, name, line);
  }
}

function noteUnknown(job: JenkinsJob, { name, line }: Statement): void {
  const advice =
    name === 'tools'
      ? 'the image of a step has its tools'
      : 'look what it does, and whether it is still needed';
  job.notes.push({ line, what: name, advice });
}
