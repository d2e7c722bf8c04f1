import type { ContainerLine, ReadUpTo } from '../clusters/container-line.ts';
import { tellingLine } from '../clusters/telling-line.ts';
import type { StepContext } from './step-handler.ts';

/** What containers say, in the log of a step. */
export interface ContainerLines {
  onLine(line: ContainerLine): void;
  /** The line that most likely says why they failed. */
  lastLine(): string | undefined;
  /** Writes down how far they have come. */
  close(): Promise<void>;
}

const mostKept = 500;
/** After a take-over, at most the lines of this time come twice. */
const saveEveryMs = 2_000;

export function createContainerLines(
  { log, handedOver }: Pick<StepContext, 'log' | 'handedOver'>,
  { readUpTo, save }: { readUpTo: ReadUpTo; save(marks: Record<string, string>): Promise<void> },
): ContainerLines {
  const marks: Record<string, string> = { ...readUpTo };
  const kept: ContainerLine[] = [];
  let saving: Promise<void> = Promise.resolve();
  let savedAt = performance.now();
  let isSaved = true;
  const saveNow = () => {
    savedAt = performance.now();
    isSaved = true;
    // Where the lease is lost, the step will hear of it elsewhere; the marks are for whoever goes on.
    saving = saving.then(() => save({ ...marks })).catch(() => undefined);
  };
  return {
    onLine(line) {
      log.line(line.container === null ? line.text : `${line.container}: ${line.text}`);
      marks[line.source] = line.mark;
      isSaved = false;
      kept.push(line);
      if (kept.length > mostKept) kept.shift();
      if (performance.now() - savedAt >= saveEveryMs) saveNow();
    },
    lastLine: () => tellingLine(kept),
    async close() {
      if (!isSaved && !handedOver.aborted) saveNow();
      await saving;
    },
  };
}
