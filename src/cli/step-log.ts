import { LinePieces } from '../domain/line-pieces.ts';
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
  const unfinished = new Map<string, LinePieces>();
  const line = (stepId: string, text: string) =>
    print(`${paint('cyan', stepId.padEnd(width))} ${paint('dim', '│')} ${text}\n`);
  return {
    write(stepId, text) {
      const lines = unfinished.get(stepId) ?? new LinePieces();
      unfinished.set(stepId, lines);
      for (const piece of lines.push(text)) line(stepId, piece.text);
    },
    end() {
      for (const [stepId, lines] of unfinished) for (const piece of lines.end()) line(stepId, piece.text);
      unfinished.clear();
    },
  };
}
