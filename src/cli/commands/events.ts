import { revisionLabel } from '../../domain/revision-label.ts';
import { answers, type EventSummary } from '../answers.ts';
import { type CliContext, printJson, readAnswer } from '../context.ts';
import { explanation } from '../explanation.ts';
import { oneLine } from '../safe-text.ts';
import { renderTable } from '../table.ts';
import type { Terminal } from '../terminal.ts';
import { agoText } from '../times.ts';

/** Lists what came in last. */
export async function events(
  { api, terminal }: CliContext,
  options: { repository?: string; limit: string; json?: boolean },
): Promise<void> {
  const { repository, limit } = options;
  const answer = await api.get('/api/v1/events', { repository, limit });
  if (options.json) return printJson(terminal, answer);
  const { items } = readAnswer(answers.events, answer);
  if (items.length === 0) return terminal.note('No events.\n');
  terminal.print(eventsTable(terminal, items, new Date()));
}

/** Says why each pipeline did or did not run for an event. */
export async function explain(
  { api, terminal }: CliContext,
  id: string,
  options: { json?: boolean },
): Promise<void> {
  const answer = await api.get(`/api/v1/events/${encodeURIComponent(id)}`);
  if (options.json) return printJson(terminal, answer);
  terminal.print(explanation(terminal, readAnswer(answers.event, answer), new Date()));
}

/** Lets a stored hook be handled once more. */
export async function replay(
  { api, terminal }: CliContext,
  id: string,
  options: { json?: boolean },
): Promise<void> {
  const answer = await api.post(`/api/v1/events/${encodeURIComponent(id)}/replay`);
  if (options.json) return printJson(terminal, answer);
  terminal.print(`Event ${id} is handled again; "trunkline explain ${id}" shows what comes of it.\n`);
}

function eventsTable(terminal: Terminal, items: EventSummary[], now: Date): string {
  return renderTable<EventSummary>(items, {
    width: terminal.columns,
    columns: [
      { title: 'EVENT', text: ({ id }) => id },
      { title: 'FROM', text: ({ source }) => source },
      { title: 'REPOSITORY', text: ({ repository }) => repository ?? '' },
      { title: 'REVISION', text: ({ revision }) => (revision === null ? '' : revisionLabel(revision)) },
      { title: 'AGE', text: ({ receivedAt }) => agoText(receivedAt, now) },
      { title: 'STATE', text: ({ state, error }) => oneLine(error === null ? state : `${state}: ${error}`) },
    ],
  });
}
