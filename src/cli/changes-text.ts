import { revisionLabel } from '../domain/revision-label.ts';
import type { DeployedChanges, EnvironmentDetail } from './operation-answers.ts';
import { nameOf } from './run-text.ts';
import { oneLine } from './safe-text.ts';
import { renderTable } from './table.ts';
import type { Terminal } from './terminal.ts';

/** What is new in each workload since what ran there before; '' where nothing ran before. */
export function changesText(
  { columns }: Pick<Terminal, 'columns'>,
  workloads: EnvironmentDetail['workloads'],
): string {
  return workloads
    .flatMap(({ name, changes }) => (changes === null ? [] : [`\n${textOf(name, changes, columns)}`]))
    .join('');
}

function textOf(workload: string, changes: DeployedChanges, width: number): string {
  const { items, total } = changes;
  const head = `${workload}: ${headOf(changes)}\n`;
  if (items.length === 0) return head;
  const table = renderTable(items, {
    width,
    columns: [
      { title: 'REVISION', text: ({ revision }) => revisionLabel(revision) },
      { title: 'AUTHOR', text: ({ author }) => oneLine(author ?? '') },
      { title: 'ABOUT', text: ({ message }) => oneLine(message) },
    ],
  });
  const more = total > items.length ? `and ${total - items.length} older ones\n` : '';
  return `${head}${table}${more}`;
}

function headOf({ since, direction, total }: DeployedChanges): string {
  const before = `${revisionLabel(since.revision)} (${nameOf(since)})`;
  const count = total === 1 ? '1 change' : `${total} changes`;
  switch (direction) {
    case 'forward':
      return `${count} since ${before}`;
    case 'back':
      return `went back from ${before}, without ${count}`;
    case 'same':
      return `the same revision as before, ${before}`;
    case 'elsewhere':
      return `before that ran ${before} of ${oneLine(since.branch)}, another history`;
  }
}
