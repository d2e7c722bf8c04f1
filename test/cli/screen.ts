import xterm from '@xterm/headless';
import type { Terminal } from '../../src/cli/terminal.ts';

/** A live terminal of which a test sees what a person would. */
export function openScreen({ columns = 80, rows = 30 } = {}) {
  const emulator = new xterm.Terminal({ cols: columns, rows, convertEol: true, allowProposedApi: true });
  const printed: string[] = [];
  const terminal: Partial<Terminal> = {
    isLive: true,
    columns,
    rows,
    print: (text) => {
      printed.push(text);
      emulator.write(text);
    },
    note: (text) => emulator.write(text),
  };
  return {
    terminal,
    /** All that was ever written to it. */
    printed,
    /** Its lines, those that have scrolled away included, without empty ones at the end. */
    async lines(): Promise<string[]> {
      await new Promise<void>((resolve) => emulator.write('', resolve));
      const { active } = emulator.buffer;
      const lines = Array.from({ length: active.length }, (_, index) => active.getLine(index));
      return lines
        .map((line) => line?.translateToString(true) ?? '')
        .join('\n')
        .trimEnd()
        .split('\n');
    },
    [Symbol.dispose]: () => emulator.dispose(),
  };
}
