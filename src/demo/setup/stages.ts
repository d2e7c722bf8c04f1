import type { Terminal } from '../../cli/terminal.ts';

/** One line a stage: what it does while it lasts, what came of it and how long it took when it is done. */
export interface Stages {
  heading(text: string): void;
  line(text: string): void;
  /**
   * @param work told how to say what it is at
   * @returns what the work returns; its `detail` stands in the stage's line
   */
  run<T>(title: string, work: (say: (text: string) => void) => Promise<Done<T>>): Promise<T>;
}

export interface Done<T> {
  value: T;
  detail: string;
}

const titleWidth = 13;
const frames = ['|', '/', '-', '\\'];
const frameMs = 120;
/** Where nothing can be drawn over, what a long stage is at is said this often. */
const quietMs = 10_000;

export function createStages(terminal: Terminal): Stages {
  return {
    heading: (text) => terminal.print(`\n${terminal.paint('bold', text)}\n`),
    line: (text) => terminal.print(`${text}\n`),
    async run(title, work) {
      const startedAt = performance.now();
      const show = terminal.isLive ? drawOver(terminal, title) : sayAtTimes(terminal, title);
      try {
        const { value, detail } = await work(show.at);
        show.end();
        const took = terminal.paint('dim', secondsText(performance.now() - startedAt));
        terminal.print(`${terminal.paint('green', '✓')} ${title.padEnd(titleWidth)} ${detail}  ${took}\n`);
        return value;
      } catch (error) {
        show.end();
        terminal.print(`${terminal.paint('red', '✗')} ${title}\n`);
        throw error;
      }
    },
  };
}

export function secondsText(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}

interface Show {
  at(text: string): void;
  end(): void;
}

function drawOver(terminal: Terminal, title: string): Show {
  const startedAt = performance.now();
  let text = '';
  let frame = 0;
  const draw = () => {
    frame = (frame + 1) % frames.length;
    const line = `${frames[frame]} ${title.padEnd(titleWidth)} ${secondsText(performance.now() - startedAt)}  ${text}`;
    terminal.print(`\r\u001b[K${line.slice(0, terminal.columns - 1)}`);
  };
  draw();
  const timer = setInterval(draw, frameMs);
  return {
    at: (now) => {
      text = now;
    },
    end: () => {
      clearInterval(timer);
      terminal.print('\r\u001b[K');
    },
  };
}

function sayAtTimes(terminal: Terminal, title: string): Show {
  let saidAt = performance.now();
  return {
    at(text) {
      if (performance.now() - saidAt < quietMs) return;
      saidAt = performance.now();
      terminal.print(`  ${title.padEnd(titleWidth)} ${text}\n`);
    },
    end: () => undefined,
  };
}
