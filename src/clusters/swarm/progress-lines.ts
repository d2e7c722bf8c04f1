import type { Judgement } from './judge.ts';
import { wordFor } from './rollout-report.ts';
import type { Task } from './task.ts';

/** Says what changes while a rollout goes on, once each: task by task, service by service. */
export interface ProgressLines {
  service(name: string, fresh: Task[], judgement: Judgement): void;
  /** Whether the engine answers. */
  contact(failure: unknown): void;
  line(text: string): void;
}

export function createProgressLines(onProgress: (line: string) => void): ProgressLines {
  const said = new Map<string, string>();
  const sayOnce = (key: string, text: string, line = text) => {
    if (said.get(key) === text) return;
    said.set(key, text);
    onProgress(line);
  };
  return {
    service(name, fresh, judgement) {
      for (const task of fresh) {
        const word = wordFor(task);
        sayOnce(task.id, word, `task ${task.place} of ${name}: ${word}`);
      }
      if (judgement.state !== 'waiting') return;
      sayOnce(name, judgement.text, `${name}: ${judgement.text}`);
      const [worst] = judgement.troubles;
      if (worst !== undefined)
        sayOnce(`${name} trouble`, worst.trouble.class, `${name}: ${worst.trouble.message}`);
    },
    contact(failure) {
      const away =
        failure instanceof Error ? `the engine does not answer, still trying: ${failure.message}` : '';
      if (away === '' && !said.has('contact')) return;
      sayOnce('contact', away === '' ? 'the engine answers again' : away);
    },
    line: (text) => sayOnce('line', text),
  };
}
