import cliTruncate from 'cli-truncate';
import stringWidth from 'string-width';

export interface Column<Row> {
  title: string;
  text(row: Row): string;
  /** Changes the look, not the width. */
  paint?(text: string, row: Row): string;
}

export interface TableOptions<Row> {
  columns: Column<Row>[];
  /** Characters in a line; the last column is cut to fit, the others when that is not enough. */
  width: number;
}

const gap = 2;
const narrowest = 8;

/** Rows under their titles; wide characters count twice, as terminals show them. */
export function renderTable<Row>(rows: readonly Row[], { columns, width }: TableOptions<Row>): string {
  const cells = rows.map((row) => columns.map((column) => column.text(row)));
  const wanted = columns.map((column, index) =>
    Math.max(stringWidth(column.title), ...cells.map((line) => stringWidth(line[index] ?? ''))),
  );
  const widths = fittingWidths(wanted, width - gap * (columns.length - 1));
  const lineOf = (texts: string[], look: (text: string, index: number) => string) =>
    texts
      .map((text, index) => look(padTo(text, widths[index] ?? 0), index))
      .join(' '.repeat(gap))
      .trimEnd();
  const head = lineOf(
    columns.map((column) => column.title),
    (text) => text,
  );
  const body = rows.map((row, line) =>
    lineOf(cells[line] ?? [], (text, index) => columns[index]?.paint?.(text, row) ?? text),
  );
  return `${[head, ...body].join('\n')}\n`;
}

/** Takes from the last column first, then from the widest. */
function fittingWidths(wanted: number[], available: number): number[] {
  const widths = [...wanted];
  for (let over = sum(widths) - available; over > 0; over = sum(widths) - available) {
    const last = widths.length - 1;
    const index = (widths[last] ?? 0) > narrowest ? last : widths.indexOf(Math.max(...widths));
    const width = widths[index] ?? 0;
    if (width <= narrowest) return widths;
    widths[index] = Math.max(narrowest, width - over);
  }
  return widths;
}

function sum(numbers: number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}

function padTo(text: string, width: number): string {
  const cut = cliTruncate(text, width);
  return cut + ' '.repeat(Math.max(0, width - stringWidth(cut)));
}
