import type { Run } from './answers.ts';
import { openLiveArea } from './live-area.ts';
import { runBlock, spinnerMs } from './run-block.ts';
import { createRunLines } from './run-lines.ts';
import type { Terminal } from './terminal.ts';

/**
 * Shows how a run goes on, as its views come (`liveRun`): on a live terminal as a block that is drawn over, with its
 * steps, their progress and the cause of a failure; elsewhere as lines that say what is different.
 */
export interface RunDisplay extends Disposable {
  update(run: Run): void;
  /** Prints text (a log) above the block; at once where there is none. */
  print(text: string): void;
  /** Leaves the block as it is; after that, nothing is drawn any more. */
  end(): void;
}

/** @param options.hasLines whether, without a block, the changes of the steps are printed; default true */
export function createRunDisplay(
  terminal: Terminal,
  { hasLines = true }: { hasLines?: boolean } = {},
): RunDisplay {
  return terminal.isLive ? blockDisplay(terminal) : lineDisplay(terminal, hasLines);
}

function blockDisplay(terminal: Terminal): RunDisplay {
  const area = openLiveArea(terminal);
  let newest: Run | undefined;
  let isOver = false;
  const draw = () => {
    if (newest !== undefined && !isOver) area.draw(runBlock(terminal, newest, new Date()));
  };
  const timer = setInterval(draw, spinnerMs);
  function end(): void {
    if (isOver) return;
    clearInterval(timer);
    draw();
    isOver = true;
    area.end();
  }
  return {
    update(run) {
      newest = run;
      draw();
    },
    print: (text) => (isOver ? terminal.print(text) : area.print(text)),
    end,
    [Symbol.dispose]: end,
  };
}

function lineDisplay(terminal: Terminal, hasLines: boolean): RunDisplay {
  const lines = createRunLines((line) => terminal.print(line));
  return {
    update: (run) => hasLines && lines(run, new Date()),
    print: (text) => terminal.print(text),
    end: () => undefined,
    [Symbol.dispose]: () => undefined,
  };
}
