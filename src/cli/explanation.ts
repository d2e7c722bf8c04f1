import { turnTexts } from '../domain/branch-events.ts';
import type { FilterVerdict } from '../domain/decision.ts';
import { revisionLabel } from '../domain/revision-label.ts';
import type { ExplainedEvent } from './answers.ts';
import { requestText } from './run-text.ts';
import { oneLine } from './safe-text.ts';
import type { Terminal } from './terminal.ts';
import { agoText } from './times.ts';

/** Why each pipeline did or did not run for an event, for people. */
export function explanation(terminal: Terminal, event: ExplainedEvent, now: Date): string {
  const about = [event.repository ?? '', event.revision === null ? '' : `at ${revisionLabel(event.revision)}`]
    .join(' ')
    .trim();
  const head = `${terminal.paint('bold', event.source)} ${about}, ${agoText(event.receivedAt, now)} ago: ${event.state}`;
  const error = event.error === null ? [] : [oneLine(event.error)];
  if (event.body.alarm !== undefined) return `${[head, oneLine(event.body.alarm)].join('\n')}\n`;
  if (event.changes.length === 0) {
    return `${[head, ...error, noChangeText(event)].join('\n')}\n`;
  }
  return `${[head, ...error, ...event.changes.flatMap((change) => changeLines(terminal, change))].join('\n')}\n`;
}

function noChangeText({ state, error, source, goneOn }: ExplainedEvent): string {
  if (state === 'received') return 'It is not handled yet.';
  if (goneOn != null) {
    const revision = revisionLabel(goneOn.revision);
    return `When the repository was read, a later push had come in its place: ${oneLine(goneOn.branch)} was at ${revision}; "trunkline explain ${revision}" says what came of that.`;
  }
  const isToldOnly = error === null && source.endsWith('-hook');
  return isToldOnly
    ? 'No change of a branch belongs to it: when the repository was read, nothing had newly become what it tells of.'
    : 'No change of a branch belongs to it.';
}

type Change = ExplainedEvent['changes'][number];

function changeLines(terminal: Terminal, change: Change): string[] {
  const by = change.author === null ? '' : ` by ${oneLine(change.author)}`;
  const head = `${change.branch} at ${revisionLabel(change.revision)}${by}, ${aboutText(change)}: ${oneLine(change.message)}`;
  const decisions = change.decisions.flatMap((decision) => decisionLines(terminal, decision));
  return ['', head, ...(decisions.length === 0 ? ['  No pipeline watches this repository.'] : decisions)];
}

function aboutText({ mergeRequest, gitlabPipeline, happened, pathCount, ...turn }: Change): string {
  if (happened != null) return [happened, ...turnTexts({ ...turn, happened })].map(oneLine).join(', ');
  if (mergeRequest != null) return requestText(mergeRequest);
  if (gitlabPipeline != null)
    return `pipeline ${gitlabPipeline.id} of GitLab: ${oneLine(gitlabPipeline.status)}`;
  return pathCount === 1 ? '1 path' : `${pathCount} paths`;
}

function decisionLines(terminal: Terminal, decision: Change['decisions'][number]): string[] {
  const verdict = verdictText(terminal, decision);
  return [`  ${decision.pipeline} ${verdict}`, ...filterLines(terminal, decision.filters)];
}

/** One line for each filter: what it looked at, and whether that is what it asks for. */
export function filterLines({ paint }: Terminal, filters: readonly FilterVerdict[]): string[] {
  return filters.map(({ filter, expected, actual, passed }) => {
    const mark = passed ? paint('green', '✓') : paint('red', '✗');
    return `    ${mark} ${filter}: ${oneLine(actual)} (asked for: ${oneLine(expected)})`;
  });
}

function verdictText({ paint }: Terminal, decision: Change['decisions'][number]): string {
  const { verdict, runId, collapsedInto, waitUntil } = decision;
  if (verdict === 'wait') {
    const until = waitUntil == null ? '' : `, until ${waitUntil.toISOString()} if nothing comes`;
    return `${paint('cyan', 'waits')} for its branch to be quiet${until}`;
  }
  if (verdict === 'run') return `${paint('green', 'runs')}${runId === null ? '' : ` as ${runId}`}`;
  const newer = collapsedInto === null ? '' : `; the run ${collapsedInto} of a newer revision stands for it`;
  return `${paint('yellow', 'does not run')}${newer}`;
}
