import type { BuildLog } from './build-log.ts';
import type { BuildProgress } from './build-progress.ts';

/** The classic builder has no structure but these lines, so they are recognised by their text. */
const stepLine = /^Step (\d+)\/(\d+) : (.*)$/s;
const cacheLine = /^ ---> Using cache\s*$/;
const bookkeepingLine =
  /^ ---> (?:Running in )?(?:[0-9a-f]{12})?\s*$|^Removing intermediate container [0-9a-f]{12}\s*$/;

interface ClassicStep {
  key: string;
  position: string;
  instruction: string;
  startedAt: number;
  isCached: boolean;
}

/** Progress of the classic builder: `{stream: "Step 2/3 : RUN make"}` and what the step prints. */
export function createClassicProgress(log: BuildLog): BuildProgress {
  let current: ClassicStep | undefined;
  let [done, total] = [0, 0];

  function endCurrent(error: string | null): void {
    if (current === undefined) return;
    const { key, isCached, startedAt } = current;
    log.end(key, { isCached, durationMs: performance.now() - startedAt, error });
  }

  function begin([, number, of, instruction = '']: RegExpExecArray): void {
    endCurrent(null);
    const position = `${number}/${of}`;
    done = Number(number) - 1;
    total = Number(of);
    current = { key: position, position, instruction, startedAt: performance.now(), isCached: false };
    log.begin(current.key, `[${position}] ${instruction.trim()}`);
  }

  return {
    accept(line) {
      const { stream } = line as { stream?: unknown };
      if (typeof stream !== 'string') return;
      const step = stepLine.exec(stream);
      if (step !== null) begin(step);
      else if (current !== undefined && cacheLine.test(stream)) current.isCached = true;
      else if (!bookkeepingLine.test(stream) && stream !== '\n')
        log.output(current?.key ?? 'builder', stream);
    },
    standing: () => ({ done, total, current: current?.instruction.trim() ?? null }),
    finish: (failure) => endCurrent(failure?.message ?? null),
    failedStep: ({ exitCode }) => (current === undefined ? null : { ...current, exitCode }),
  };
}
