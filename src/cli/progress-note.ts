import { sizeText } from '../domain/size-text.ts';
import { openLiveArea } from './live-area.ts';
import type { Terminal } from './terminal.ts';

/** How far something has come, in bytes. */
export interface BytesDone {
  done: number;
  total: number;
}

export interface ProgressNote extends Disposable {
  show(what: string, progress: BytesDone): void;
}

/** Shows progress: on a terminal in one line that is drawn over, else in a line on standard error now and then. */
export function openProgressNote(terminal: Terminal, isQuiet: boolean): ProgressNote {
  const area = terminal.isLive && !isQuiet ? openLiveArea(terminal) : undefined;
  const everyMs = area === undefined ? 10_000 : 100;
  let shownAt = area === undefined ? performance.now() : 0;
  return {
    show(what, { done, total }) {
      if (performance.now() - shownAt < everyMs) return;
      shownAt = performance.now();
      const text = `${what}: ${sizeText(done, Math.max(done, total))}`;
      if (area !== undefined) area.draw(text);
      else if (!isQuiet) terminal.note(`${text}\n`);
    },
    [Symbol.dispose]() {
      area?.draw('');
      area?.end();
    },
  };
}
