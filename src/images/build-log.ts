/** Where a build's progress goes: each of its steps with a number, its output, how it ended and how long it took. */
export interface BuildLog {
  begin(key: string, name: string): void;
  /** Raw output as it comes; whole lines are written with the step's number in front. */
  output(key: string, text: string): void;
  end(key: string, end: { isCached: boolean; durationMs: number; error: string | null }): void;
}

interface LoggedStep {
  number: number;
  partialLine: string;
  hasEnded: boolean;
}

/** Writes in the plain style of `docker build`: `#3 [2/4] RUN npm ci`, `#3 added 12 packages`, `#3 DONE 1.3s`. */
export function createBuildLog(write: (text: string) => void): BuildLog {
  const steps = new Map<string, LoggedStep>();

  function stepOf(key: string): LoggedStep {
    const known = steps.get(key);
    if (known !== undefined) return known;
    const step = { number: steps.size + 1, partialLine: '', hasEnded: false };
    steps.set(key, step);
    return step;
  }

  return {
    begin(key, name) {
      if (!steps.has(key)) write(`#${stepOf(key).number} ${name}\n`);
    },
    output(key, text) {
      const step = stepOf(key);
      const lines = (step.partialLine + text).split('\n');
      step.partialLine = lines.pop() ?? '';
      for (const line of lines) write(`#${step.number} ${line}\n`);
    },
    end(key, { isCached, durationMs, error }) {
      const step = stepOf(key);
      if (step.hasEnded) return;
      step.hasEnded = true;
      if (step.partialLine !== '') write(`#${step.number} ${step.partialLine}\n`);
      const duration = `${(durationMs / 1000).toFixed(1)}s`;
      if (error !== null) write(`#${step.number} ERROR after ${duration}: ${error}\n`);
      else write(`#${step.number} ${isCached ? 'CACHED' : `DONE ${duration}`}\n`);
    },
  };
}
