import { readStatements, type Statements } from './groovy-statements.ts';
import type { Statement } from './groovy-syntax.ts';
import { emptyJob, type JenkinsJob, type Unreadable } from './job.ts';
import { readOptions, readParameters, readTriggers } from './job-sections.ts';
import { isScripted, readScripted } from './scripted.ts';
import { readAgent } from './stage-agent.ts';
import { plainSetting, type StageSetting } from './stage-setting.ts';
import { readVariables } from './stage-variables.ts';
import { addPost, addStages } from './stages.ts';
import { declareUndeclared } from './undeclared-parameters.ts';

const maxBytes = 256 * 1024;

/**
 * Reads a Jenkinsfile as far as pipelines go: a declarative one, or the stages of a scripted one. Never throws.
 * @param job what is known of the job besides; it is added to
 */
export function readJenkinsfile(text: string, name: string, job = emptyJob()): JenkinsJob | Unreadable {
  if (Buffer.byteLength(text) > maxBytes)
    return { line: 1, problem: `it is larger than ${maxBytes / 1024} KiB` };
  if (text.trim() === '') return { line: 1, problem: 'it is empty' };
  const declarative = readStatements(text);
  const pipeline = declarative.statements.find((one) => one.name === 'pipeline' && one.block !== null);
  const read = pipeline === undefined ? readStatements(text, true) : declarative;
  if (read.openLine !== null) return { line: read.openLine, problem: 'a { before this line is never closed' };
  noteUnreadable(job, read);
  if (pipeline?.block == null) {
    if (!isScripted(read.statements)) return { line: 1, problem: nothingKnown(read.statements) };
    readScripted(job, read.statements, name);
    declareUndeclared(job, text);
    return job;
  }
  for (const other of read.statements) if (other !== pipeline) noteUnknown(job, other);
  readPipeline(job, { sections: pipeline.block, text, name });
  return job;
}

function nothingKnown(statements: readonly Statement[]): string {
  const called = statements.find(({ named, block }) => named.size > 0 || block !== null);
  const more = called === undefined ? '' : `; what ${called.name} does stands in a shared library`;
  return `there is neither a pipeline { } nor a node { } or a stage in it${more}`;
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

interface DeclarativeText {
  sections: Statement[];
  /** The whole file. */
  text: string;
  name: string;
}

function readPipeline(job: JenkinsJob, { sections, text, name }: DeclarativeText): void {
  const setting = plainSetting(job);
  for (const section of sections) {
    const read = readers.get(section.name);
    if (read !== undefined) read(setting, section, name);
    else if (!['stages', 'post'].includes(section.name)) noteUnknown(job, section);
  }
  declareUndeclared(job, text);
  // After the rest, wherever they stand: they work with it.
  const named = (wanted: string) => sections.filter((section) => section.name === wanted);
  const last = named('stages').reduce<number[]>((before, stages) => addStages(setting, stages, before), []);
  for (const post of named('post')) addPost(setting, { post, stage: null, own: [] }, last);
}

const readers = new Map<string, (setting: StageSetting, section: Statement, name: string) => void>([
  ['agent', readAgent],
  ['environment', readVariables],
  ['options', ({ job }, section) => readOptions(job, section.block ?? [])],
  ['parameters', ({ job }, section) => readParameters(job, section.block ?? [])],
  ['triggers', ({ job }, section, name) => readTriggers(job, section.block ?? [], name)],
]);

function noteUnknown(job: JenkinsJob, { name, line }: Statement): void {
  const advice =
    name === 'tools'
      ? 'the image of a step has its tools'
      : 'look what it does, and whether it is still needed';
  job.notes.push({ line, what: name, advice });
}
