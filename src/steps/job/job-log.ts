import type { JobLine } from '../../clusters/cluster-jobs.ts';
import { tellingLine } from '../../clusters/telling-line.ts';
import type { StepContext } from '../step-handler.ts';

/** What a job says, in the log of its step. */
export interface JobLog {
  onLine(line: JobLine): void;
  /** The line that most likely says why it failed. */
  lastLine(): string | undefined;
  /** Writes down how far it has come. */
  close(): Promise<void>;
}

const mostKept = 500;
/** After a take-over, at most the lines of this time come twice. */
const saveEveryMs = 2_000;

export function createJobLog(
  { log, handedOver }: Pick<StepContext, 'log' | 'handedOver'>,
  {
    readUpTo,
    save,
  }: { readUpTo: Readonly<Record<string, string>>; save(marks: Record<string, string>): Promise<void> },
): JobLog {
  const marks: Record<string, string> = { ...readUpTo };
  const kept: JobLine[] = [];
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
