import { LinePieces } from '../domain/line-pieces.ts';

/** Where a build's progress goes: each of its steps with a number, its output, how it ended and how long it took. */
export interface BuildLog {
  begin(key: string, name: string): void;
  /** Raw output as it comes; whole lines are written with the step's number in front; a very long one as several. */
  output(key: string, text: string): void;
  end(key: string, end: { isCached: boolean; durationMs: number; error: string | null }): void;
}

interface LoggedStep {
  number: number;
  lines: LinePieces;
  hasEnded: boolean;
}

/** Writes in the plain style of `docker build`: `#3 [2/4] RUN npm ci`, `#3 added 12 packages`, `#3 DONE 1.3s`. */
export function createBuildLog(write: (text: string) => void): BuildLog {
  const steps = new Map<string, LoggedStep>();

  function stepOf(key: string): LoggedStep {
    const known = steps.get(key);
    if (known !== undefined) return known;
    const step = { number: steps.size + 1, lines: new LinePieces(), hasEnded: false };
    steps.set(key, step);
    return step;
  }

  return {
    begin(key, name) {
      if (!steps.has(key)) write(`#${stepOf(key).number} ${name}\n`);
    },
    output(key, text) {
      const step = stepOf(key);
      for (const line of step.lines.push(text)) write(`#${step.number} ${line.text}\n`);
    },
    end(key, { isCached, durationMs, error }) {
      const step = stepOf(key);
      if (step.hasEnded) return;
      step.hasEnded = true;
      for (const line of step.lines.end()) write(`#${step.number} ${line.text}\n`);
      const duration = `${(durationMs / 1000).toFixed(1)}s`;
      if (error !== null) write(`#${step.number} ERROR after ${duration}: ${error}\n`);
      else write(`#${step.number} ${isCached ? 'CACHED' : `DONE ${duration}`}\n`);
    },
  };
}
