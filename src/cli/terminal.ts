import { createInterface } from 'node:readline/promises';
import { styleText } from 'node:util';
import { exitCodes } from './cli-error.ts';

export type Style = 'bold' | 'dim' | 'red' | 'green' | 'yellow' | 'cyan';

/** Where a command writes, and whom it may ask. */
export interface Terminal {
  /** The answer itself: standard output. */
  print(text: string): void;
  /** What is said beside it: standard error. */
  note(text: string): void;
  /** Whether a person watches standard output, so that it may be drawn over. */
  readonly isLive: boolean;
  /** Characters in a line; of a file or pipe any number, so that whoever searches there finds what a cause says. */
  readonly columns: number;
  /** Lines that are seen at once. */
  readonly rows: number;
  /** Colours only where somebody sees them, and not against NO_COLOR. */
  paint(style: Style, text: string): string;
  /** null where nobody can be asked. */
  ask: ((question: string) => Promise<string>) | null;
}

const columnsOfFiles = Number.POSITIVE_INFINITY;
const rowsOfFiles = 50;

export function processTerminal(): Terminal {
  const { stdin, stdout, stderr } = process;
  // The reader of a pipe may leave early (`| head`); that ends us and is no error.
  stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(0);
    if (error.code === 'EIO') return;
    stderr.write(`trunkline: the answer could not be written: ${error.message}\n`);
    process.exit(exitCodes.ourFault);
  });
  // Who does not take what is said beside the answer misses that; whatever is to be ended in good order goes on.
  stderr.on('error', () => undefined);
  return {
    print: (text) => void stdout.write(text),
    note: (text) => void stderr.write(text),
    isLive: stdout.isTTY === true,
    get columns() {
      return stdout.isTTY ? stdout.columns : columnsOfFiles;
    },
    get rows() {
      return stdout.isTTY ? stdout.rows : rowsOfFiles;
    },
    paint: (style, text) => styleText(style, text, { stream: stdout }),
    ask: stdin.isTTY && stderr.isTTY ? askOnTerminal : null,
  };
}

async function askOnTerminal(question: string): Promise<string> {
  const dialog = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return (await dialog.question(question)).trim();
  } finally {
    dialog.close();
  }
}
