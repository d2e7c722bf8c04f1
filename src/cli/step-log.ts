import type { Terminal } from './terminal.ts';

/** The logs of steps that run side by side, each line with its step in front. */
export interface StepLog {
  write(stepId: string, text: string): void;
  /** Prints what has not ended with a line break. */
  end(): void;
}

export function createStepLog(
  { paint }: Pick<Terminal, 'paint'>,
  stepIds: readonly string[],
  print: (text: string) => void,
): StepLog {
  const width = Math.max(0, ...stepIds.map((id) => id.length));
  const unfinished = new Map<string, string>();
  const line = (stepId: string, text: string) =>
    print(`${paint('cyan', stepId.padEnd(width))} ${paint('dim', '│')} ${text}\n`);
  return {
    write(stepId, text) {
      const lines = ((unfinished.get(stepId) ?? '') + text).split('\n');
      unfinished.set(stepId, lines.pop() ?? '');
      for (const whole of lines) line(stepId, whole);
    },
    end() {
      for (const [stepId, text] of unfinished) if (text !== '') line(stepId, text);
      unfinished.clear();
    },
  };
}
