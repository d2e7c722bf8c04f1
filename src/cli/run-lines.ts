import type { Run, Step } from './answers.ts';
import { standingText } from './progress-text.ts';
import { stepStatusOf } from './run-text.ts';
import { oneLine } from './safe-text.ts';

/** A phase that goes on for long is said to do so, this often. */
const repeatEveryMs = 15_000;

/** Where nothing can be drawn over: one line for each change that matters, and now and then how far it is. */
export function createRunLines(print: (line: string) => void): (run: Run, now: Date) => void {
  const shown = new Map<string, string>();
  const phases = new Map<string, { phase: string; text: string; at: number }>();

  function showPhase(step: Step, now: Date): void {
    const { progress } = step;
    if (progress === null || step.state !== 'running') return;
    const before = phases.get(step.id);
    const text = oneLine(standingText(progress));
    const isNew = before?.phase !== progress.phase;
    const isDue = now.getTime() - (before?.at ?? 0) >= repeatEveryMs && text !== before?.text;
    if (!isNew && !isDue) return;
    phases.set(step.id, { phase: progress.phase, text, at: now.getTime() });
    print(`${step.id} ${progress.phase.replace('-', ' ')}: ${text}\n`);
  }

  return (run, now) => {
    for (const step of run.steps) {
      const status = stepStatusOf(step);
      if (status !== 'pending' && shown.get(step.id) !== status) {
        shown.set(step.id, status);
        print(`${step.id} ${status}${step.reason === null ? '' : `: ${oneLine(step.reason)}`}\n`);
      }
      showPhase(step, now);
    }
  };
}
