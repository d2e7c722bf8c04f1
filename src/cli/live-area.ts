import { createLogUpdate } from 'log-update';
import type { Terminal } from './terminal.ts';

/** The last lines of a terminal, drawn over again and again; what is printed above them stays. */
export interface LiveArea {
  draw(text: string): void;
  /** Prints above the area. A line that has not ended yet is kept back until it has. */
  print(text: string): void;
  /** Leaves what was drawn last where it is. */
  end(): void;
}

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
      const whole = unfinished + text;
      const end = whole.lastIndexOf('\n') + 1;
      unfinished = whole.slice(end);
      if (end === 0) return;
      area.clear();
      terminal.print(whole.slice(0, end));
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
