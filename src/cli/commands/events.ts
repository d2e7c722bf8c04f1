import { z } from 'zod';
import { revisionLabel } from '../../domain/revision-label.ts';
import { answers, type EventSummary } from '../answers.ts';
import { CliError, exitCodes } from '../cli-error.ts';
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

/** Says why each pipeline did or did not run for an event, or for all that told of a revision: `r812`, `5953bbec9c07`. */
export async function explain(
  context: CliContext,
  what: string,
  options: { repository?: string; json?: boolean },
): Promise<void> {
  const isRevision = /^(?:r?\d+|[0-9a-f]{7,64})$/.test(what);
  if (!isRevision) return explainEvent(context, what, options);
  const found: unknown[] = [];
  for (const id of await eventsAbout(context, what, options.repository))
    found.push(onlyAbout(what, await ask(context, id)));
  if (options.json) return printJson(context.terminal, { items: found });
  const texts = found.map((answer) => textOf(context, answer));
  context.terminal.print(texts.join('\n'));
}

/** One poll may have found hundreds of revisions. An event that found none of this one is shown as it is. */
function onlyAbout(revision: string, answer: unknown): unknown {
  const event = z
    .looseObject({ changes: z.array(z.looseObject({ revision: z.string() })) })
    .safeParse(answer);
  if (!event.success) return answer;
  const number = /^r?(\d+)$/.exec(revision)?.[1];
  const changes = event.data.changes.filter(
    (change) =>
      change.revision === number || (!/^\d+$/.test(change.revision) && change.revision.startsWith(revision)),
  );
  return changes.length === 0 ? answer : { ...event.data, changes };
}

/** Oldest first, as they came. */
async function eventsAbout(
  { api }: CliContext,
  revision: string,
  repository: string | undefined,
): Promise<string[]> {
  const answer = await api.get('/api/v1/events', { repository, revision, limit: '20' });
  const { items } = readAnswer(answers.events, answer);
  if (items.length > 0) return items.map(({ id }) => id).reverse();
  const place = repository === undefined ? '' : ` of ${repository}`;
  throw new CliError(exitCodes.userFailure, `No event tells of ${revision}${place}.`, {
    hint: 'It touched no branch, or it has not been read yet: "trunkline repositories" says how far each one is read.',
  });
}

async function explainEvent(context: CliContext, id: string, { json }: { json?: boolean }): Promise<void> {
  const answer = await ask(context, id);
  if (json) return printJson(context.terminal, answer);
  context.terminal.print(textOf(context, answer));
}

function ask({ api }: CliContext, id: string): Promise<unknown> {
  return api.get(`/api/v1/events/${encodeURIComponent(id)}`);
}

function textOf({ terminal }: CliContext, answer: unknown): string {
  return explanation(terminal, readAnswer(answers.event, answer), new Date());
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
