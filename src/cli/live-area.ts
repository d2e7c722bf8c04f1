import { createLogUpdate } from 'log-update';
import type { Terminal } from './terminal.ts';

/** The last lines of a terminal, drawn over again and again; what is printed above them stays. */
export interface LiveArea {
  draw(text: string): void;
  /** Prints above the area. A line that has not ended yet is kept back until it has, or is very long. */
  print(text: string): void;
  /** Leaves what was drawn last where it is. */
  end(): void;
}

const mostUnits = 64 * 1_024;

/** For a terminal that is live. */
export function openLiveArea(terminal: Terminal): LiveArea {
  const stream = {
    isTTY: true,
    write: (text: string) => terminal.print(text),
    get columns() {
      return terminal.columns;
    },
    get rows() {
      return terminal.rows;
    },
  };
  const area = createLogUpdate(stream as NodeJS.WriteStream, { showCursor: true });
  let drawn = '';
  let unfinished = '';
  return {
    draw(text) {
      drawn = text;
      area(text);
    },
    print(text) {
      unfinished += text;
      if (!text.includes('\n') && unfinished.length < mostUnits) return;
      const end = unfinished.lastIndexOf('\n') + 1;
      area.clear();
      terminal.print(end === 0 ? `${unfinished}\n` : unfinished.slice(0, end));
      unfinished = end === 0 ? '' : unfinished.slice(end);
      area(drawn);
    },
    end() {
      area.clear();
      if (unfinished !== '') terminal.print(`${unfinished}\n`);
      if (drawn !== '') area(drawn);
      area.done();
    },
  };
}
