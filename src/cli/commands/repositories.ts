import { revisionLabel } from '../../domain/revision-label.ts';
import { type CliContext, printJson, readAnswer } from '../context.ts';
import { operationAnswers, type Repository } from '../operation-answers.ts';
import { oneLine } from '../safe-text.ts';
import { renderTable } from '../table.ts';
import type { Terminal } from '../terminal.ts';
import { agoText } from '../times.ts';

/** Lists the repositories: how far each has been read and, a line each, what is wrong with one. */
export async function repositories(
  { api, terminal }: CliContext,
  options: { json?: boolean },
): Promise<void> {
  const answer = await api.get('/api/v1/repositories');
  if (options.json) return printJson(terminal, answer);
  const { items } = readAnswer(operationAnswers.repositories, answer);
  if (items.length === 0) return terminal.note('trunkline.yaml names no repositories.\n');
  const now = new Date();
  terminal.print(repositoriesTable(terminal, items, now));
  const troubles = items.flatMap((repository) => troublesOf(repository, now));
  if (troubles.length > 0) terminal.print(`\n${troubles.join('\n')}\n`);
}

function repositoriesTable(terminal: Terminal, items: Repository[], now: Date): string {
  return renderTable<Repository>(items, {
    width: terminal.columns,
    columns: [
      { title: 'REPOSITORY', text: ({ name }) => name },
      {
        title: 'STATE',
        text: ({ state }) => state,
        paint: (text, { state }) => terminal.paint(state === 'failing' ? 'red' : 'green', text),
      },
      { title: 'READ UP TO', text: readUpTo },
      { title: 'POLLED', text: ({ polledAt }) => (polledAt === null ? 'never' : agoText(polledAt, now)) },
      { title: 'HOOKS', text: ({ hooks }) => hooks.state },
      { title: 'ADDRESS', text: ({ url }) => oneLine(url) },
    ],
  });
}

function readUpTo({ kind, cursor, behind }: Repository): string {
  if (cursor === null) return '';
  if (kind === 'git') return cursor === '1' ? '1 move' : `${cursor} moves`;
  return behind ? `${revisionLabel(cursor)}, ${behind} behind` : revisionLabel(cursor);
}

function troublesOf(repository: Repository, now: Date): string[] {
  const { name, state, lastError, failures, failingSince, hooks, alarms } = repository;
  const since = failingSince === null ? '' : ` for ${agoText(failingSince, now)}`;
  return [
    ...(state === 'failing' && lastError !== null
      ? [
          `${name}: cannot be read${since} (${failures === 1 ? '1 try' : `${failures} tries`}): ${oneLine(lastError)}`,
        ]
      : []),
    ...(hooks.state === 'missing' ? [`${name}: ${oneLine(hooks.text)}`] : []),
    ...alarms.map(({ text }) => `${name}: ${oneLine(text)}`),
  ];
}
