import { readArtifacts } from '../domain/artifacts.ts';
import { readOutputs } from '../domain/command-outputs.ts';
import { revisionLabel } from '../domain/revision-label.ts';
import { sizeText } from '../domain/size-text.ts';
import type { Run, RunSummary, Step } from './answers.ts';
import { standingText } from './progress-text.ts';
import { oneLine } from './safe-text.ts';
import { type Column, renderTable } from './table.ts';
import type { Style, Terminal } from './terminal.ts';
import { agoText, durationText } from './times.ts';

/** The outcome, or the state before there is one. */
export function statusOf({ state, outcome }: { state: string; outcome: string | null }): string {
  return outcome ?? state;
}

export function nameOf({ pipeline, number }: { pipeline: string; number: number }): string {
  return `${pipeline}#${number}`;
}

export function paintStatus(terminal: Terminal, status: string, text = status): string {
  return terminal.paint(statusStyles[status] ?? 'red', text);
}

/** As `statusOf`, but a failure that the pipeline allows is a warning. */
export function stepStatusOf(step: Pick<Step, 'state' | 'outcome' | 'isWarning'>): string {
  return step.isWarning ? 'warning' : statusOf(step);
}

/** Every other outcome is an unhappy one. */
const statusStyles: Record<string, Style> = {
  succeeded: 'green',
  running: 'cyan',
  active: 'cyan',
  queued: 'dim',
  pending: 'dim',
  skipped: 'dim',
  superseded: 'dim',
  cancelled: 'yellow',
  warning: 'yellow',
  waiting: 'yellow',
};

export function runsTable(terminal: Terminal, runs: RunSummary[], now: Date): string {
  return renderTable<RunSummary>(runs, {
    width: terminal.columns,
    columns: [
      { title: 'RUN', text: nameOf },
      {
        title: 'STATUS',
        text: statusOf,
        paint: (text, run) => paintStatus(terminal, statusOf(run), text),
      },
      { title: 'BRANCH', text: (run) => oneLine(run.branch) },
      { title: 'REVISION', text: (run) => revisionLabel(run.revision) },
      { title: 'AGE', text: (run) => agoText(run.createdAt, now) },
      { title: 'TIME', text: (run) => durationText(run, now) },
      { title: 'AUTHOR', text: (run) => oneLine(run.author ?? '') },
      { title: 'ABOUT', text: (run) => oneLine(run.reason ?? run.message) },
    ],
  });
}

function stepsTable(terminal: Terminal, steps: Step[], now: Date): string {
  return renderTable(steps, { width: terminal.columns, columns: stepColumns(terminal, now) });
}

function stepColumns(terminal: Terminal, now: Date): Column<Step>[] {
  return [
    { title: 'STEP', text: (step) => step.id },
    { title: 'KIND', text: (step) => step.kind },
    {
      title: 'STATUS',
      text: stepStatusOf,
      paint: (text, step) => paintStatus(terminal, stepStatusOf(step), text),
    },
    { title: 'TIME', text: (step) => durationText(step, now) },
    { title: 'NOTE', text: noteOf },
  ];
}

/** Why it ended so, or how far it is. */
function noteOf({ state, reason, progress }: Step): string {
  if (state !== 'running' || progress === null) return oneLine(reason ?? '');
  return oneLine(`${progress.phase.replace('-', ' ')}, ${standingText(progress)}`);
}

/** Everything about a run that a person asks first. */
export function runPage(terminal: Terminal, run: Run, now: Date): string {
  const { paint } = terminal;
  const status = statusOf(run);
  const facts: [string, string][] = [
    [
      'revision',
      `${run.branch} at ${revisionLabel(run.revision)}${run.author === null ? '' : ` by ${run.author}`}`,
    ],
    ['message', run.message],
    ['request', run.why.mergeRequest == null ? '' : requestText(run.why.mergeRequest)],
    ['started', `${agoText(run.createdAt, now)} ago, ${startedBy(run)}`],
    ...Object.entries(run.parameters).map(([key, value]): [string, string] => [
      'parameter',
      `${key}=${typeof value === 'string' ? value : JSON.stringify(value)}`,
    ]),
    ['reason', run.reason ?? ''],
    ...run.why.collapsed.map(({ revision, author, message }): [string, string] => [
      'with',
      `${revisionLabel(revision)}${author === null ? '' : ` by ${author}`}: ${message}`,
    ]),
    ['pipeline', run.pipelineFile == null ? '' : pipelineText(run.pipelineFile, run)],
    ...(run.externals ?? []).map(({ path, url, revision }): [string, string] => [
      'external',
      `${path}: ${url} at ${revisionLabel(revision)}`,
    ]),
    ...run.images.map(({ reference }): [string, string] => ['image', reference]),
    ...run.steps.flatMap(({ id, output }) =>
      [...readOutputs(output)].map(([key, value]): [string, string] => ['output', `${id}: ${key}=${value}`]),
    ),
    ...run.steps.flatMap(artifactsText),
    ...run.deployments.map((deployment): [string, string] => ['deployed', deploymentText(deployment)]),
    ['note', run.logRemovedAt == null ? '' : removedText(run.logRemovedAt)],
  ];
  const lines = facts
    .filter(([, value]) => value !== '')
    .map(([name, value]) => `${paint('dim', name.padEnd(10))}${oneLine(value)}`);
  const head = `${paint('bold', nameOf(run))}  ${paintStatus(terminal, status)}  ${durationText(run, now)}`;
  return `${[head.trimEnd(), ...lines, ''].join('\n')}\n${stepsTable(terminal, run.steps, now)}`;
}

function artifactsText({ id, output }: Run['steps'][number]): [string, string][] {
  const left = readArtifacts(output);
  if (left === null) return [];
  const { files, bytes } = left;
  return [['artifacts', `${id}: ${files === 1 ? '1 file' : `${files} files`}, ${sizeText(bytes)}`]];
}

/** `ci/trunkline.yaml of shop at r42, sha256 0123456789abcdef`. */
function pipelineText(
  { repository, file, revision, sha256 }: NonNullable<Run['pipelineFile']>,
  { state }: Pick<Run, 'state'>,
): string {
  const unread = state === 'ended' ? ', nothing of which was used' : ', not read yet';
  const at = revision === null ? unread : ` at ${revisionLabel(revision)}`;
  const place = repository === null ? "the server's file" : `${file} of ${repository}${at}`;
  return sha256 === null ? place : `${place}, sha256 ${sha256.slice(0, 16)}`;
}

function deploymentText(deployment: Run['deployments'][number]): string {
  const how = `${placeOf(deployment)}: ${statusOf(deployment)}`;
  return [how, deployment.cause ?? ''].filter(Boolean).join(', ');
}

function removedText(at: Date): string {
  return `log removed on ${at.toISOString().slice(0, 10)} by the retention policy`;
}

interface Request {
  number: number;
  source: string;
  target: string;
  isFork?: boolean | undefined;
}

/** `merge request 7 of topic into main`. */
export function requestText({ number, source, target, isFork }: Request): string {
  const of = isFork === true ? `a fork's ${oneLine(source)}` : oneLine(source);
  return `merge request ${number} of ${of} into ${oneLine(target)}`;
}

/** `deployment/cart in staging`: a target's first parts, cluster and namespace, are what the environment stands for. */
function placeOf({ target, environment }: Run['deployments'][number]): string {
  return `${target.split('/').slice(-2).join('/')} in ${environment}`;
}

function startedBy({ trigger, requestedBy, why }: Run): string {
  const by = startedByWords[trigger]?.(requestedBy) ?? `by ${requestedBy} (${trigger})`;
  return why.eventId === null ? by : `${by}; "trunkline explain ${why.eventId}" says why`;
}

const startedByWords: Readonly<Record<string, (by: string) => string>> = {
  commit: () => 'by the commit',
  'gitlab-pipeline': (by) => `by a pipeline of GitLab, which ${by} started`,
  'branch-created': (by) => `because ${by} made the branch`,
  'branch-deleted': () => 'because the branch was deleted',
  tag: () => 'by the tag',
  'merge-request': (by) => `by the merge request, which ${by} changed last`,
  correction: () => 'because it was changed by hand',
  schedule: (by) => `by the schedule of ${by}`,
  pipeline: (by) => `after ${by}`,
};
