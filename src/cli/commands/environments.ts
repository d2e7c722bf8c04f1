import { revisionLabel } from '../../domain/revision-label.ts';
import { changesText } from '../changes-text.ts';
import { type CliContext, printJson, readAnswer } from '../context.ts';
import { driftSummary } from '../drift-text.ts';
import {
  type Deployment,
  type EnvironmentSummary,
  type EnvironmentWorkload,
  operationAnswers,
} from '../operation-answers.ts';
import { nameOf, paintStatus, statusOf } from '../run-text.ts';
import { oneLine } from '../safe-text.ts';
import { type Column, renderTable } from '../table.ts';
import type { Terminal } from '../terminal.ts';
import { agoText } from '../times.ts';

/** Lists the environments and what runs where; of one, also what was rolled out to it before. */
export async function environments(
  { api, terminal }: CliContext,
  name: string | undefined,
  options: { limit: string; json?: boolean },
): Promise<void> {
  const now = new Date();
  if (name === undefined) {
    const answer = await api.get('/api/v1/environments');
    if (options.json) return printJson(terminal, answer);
    const { items } = readAnswer(operationAnswers.environments, answer);
    if (items.length === 0) return terminal.note('trunkline.yaml names no environments.\n');
    return terminal.print(`${runningTable(terminal, items, now)}${frozenLines(items)}`);
  }
  const path = `/api/v1/environments/${encodeURIComponent(name)}`;
  const answer = await api.get(path, { limit: options.limit });
  if (options.json) return printJson(terminal, answer);
  const environment = readAnswer(operationAnswers.environment, answer);
  terminal.print(`${runningTable(terminal, [environment], now)}${frozenLines([environment])}`);
  terminal.print(changesText(terminal, environment.workloads));
  if (environment.drift != null) terminal.print(`\n${driftSummary(environment.drift, now)}`);
  if (environment.history.length > 0) terminal.print(`\n${historyTable(terminal, environment.history, now)}`);
}

function frozenLines(items: EnvironmentSummary[]): string {
  return items
    .flatMap(({ name, frozen }) => (frozen === null ? [] : [`${name} is frozen ${oneLine(frozen.text)}\n`]))
    .join('');
}

interface Place {
  environment: EnvironmentSummary;
  workload: EnvironmentWorkload | null;
}

function runningTable(terminal: Terminal, items: EnvironmentSummary[], now: Date): string {
  const places = items.flatMap((environment): Place[] =>
    environment.workloads.length === 0
      ? [{ environment, workload: null }]
      : environment.workloads.map((workload) => ({ environment, workload })),
  );
  const ofCurrent = (text: (deployment: Deployment) => string) => {
    return ({ workload }: Place) => (workload?.current == null ? '' : text(workload.current));
  };
  return renderTable<Place>(places, {
    width: terminal.columns,
    columns: [
      { title: 'ENVIRONMENT', text: ({ environment }) => environment.name },
      { title: 'WORKLOAD', text: ({ workload }) => workload?.name ?? 'nothing yet' },
      { title: 'RUNS', text: ofCurrent(nameOf) },
      { title: 'REVISION', text: ofCurrent(({ revision }) => revisionLabel(revision)) },
      { title: 'SINCE', text: ofCurrent(({ startedAt }) => agoText(startedAt, now)) },
      { title: 'NOW', text: ({ workload }) => (workload === null ? '' : newsOf(workload)) },
    ],
  });
}

/** What goes on, or went wrong, since what runs was rolled out. */
function newsOf({ deploying, failedSince }: EnvironmentWorkload): string {
  if (deploying !== null) return `${nameOf(deploying)} is being rolled out`;
  if (failedSince === null) return '';
  return oneLine(`${nameOf(failedSince)} ${statusOf(failedSince)}: ${failedSince.cause ?? ''}`);
}

function historyTable(terminal: Terminal, history: Deployment[], now: Date): string {
  const columns: Column<Deployment>[] = [
    { title: 'RUN', text: nameOf },
    {
      title: 'STATUS',
      text: statusOf,
      paint: (text, deployment) => paintStatus(terminal, statusOf(deployment), text),
    },
    { title: 'WORKLOAD', text: ({ workload }) => workload },
    { title: 'BRANCH', text: ({ branch }) => oneLine(branch) },
    { title: 'REVISION', text: ({ revision }) => revisionLabel(revision) },
    { title: 'AGE', text: ({ startedAt }) => agoText(startedAt, now) },
    { title: 'BY', text: ({ author, requestedBy }) => oneLine(author ?? requestedBy) },
    { title: 'ABOUT', text: ({ cause, message }) => oneLine(cause ?? message) },
  ];
  return renderTable(history, { width: terminal.columns, columns });
}
