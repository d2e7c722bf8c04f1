import type { ProgressPhase, StepProgress } from '../domain/step-progress.ts';

/** Of these a log has nothing else while they last; builds and rollouts write lines of their own. */
const silentPhases: readonly ProgressPhase[] = ['checkout', 'context', 'base-image', 'push'];
const everyMs = 15_000;

/** Puts a line into the log now and then while something silent goes on, so that nobody takes it for dead. */
export function createProgressLines(line: (text: string) => void): (progress: StepProgress) => void {
  let phase: ProgressPhase | undefined;
  let last = { at: 0, text: '' };
  return (progress) => {
    const now = performance.now();
    if (progress.phase !== phase) last = { at: now, text: '' };
    phase = progress.phase;
    const isDue = silentPhases.includes(progress.phase) && now - last.at >= everyMs;
    if (!isDue || progress.text === last.text) return;
    last = { at: now, text: progress.text };
    line(progress.text);
  };
}
