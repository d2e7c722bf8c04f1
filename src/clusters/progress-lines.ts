/** A pod or a task, and the stage that it has come to. */
interface Part {
  id: string;
  /** For the log. */
  name: string;
  stage: string;
}

/** As far as its words go. */
interface Judgement {
  state: string;
  text?: string;
  /** The worst first. */
  troubles?: readonly { trouble: ShownTrouble }[];
}

/** Said again once more is known of it. */
interface ShownTrouble {
  class: string;
  message: string;
  borneFor?: string;
  isUnexplained?: true;
}

/** Says what changes while a rollout goes on, once each: part by part, workload by workload. */
export interface ProgressLines {
  workload(name: string, judgement: Judgement, parts: readonly Part[]): void;
  /** Whether the one that is asked answers. */
  contact(failure: unknown): void;
  line(text: string): void;
}

export function createProgressLines(
  asked: 'cluster' | 'engine',
  onProgress: (line: string) => void,
): ProgressLines {
  const said = new Map<string, string>();
  const sayOnce = (key: string, text: string, line = text) => {
    if (said.get(key) === text) return;
    said.set(key, text);
    onProgress(line);
  };
  return {
    workload(name, { state, text = '', troubles = [] }, parts) {
      for (const part of parts) sayOnce(part.id, part.stage, `${part.name}: ${part.stage}`);
      if (state !== 'waiting') return;
      sayOnce(name, text, `${name}: ${text}`);
      const [worst] = troubles;
      if (worst === undefined) return;
      const { class: of, message, borneFor, isUnexplained } = worst.trouble;
      sayOnce(`${name} trouble`, [of, borneFor, isUnexplained].join(), `${name}: ${message}`);
    },
    contact(failure) {
      const away =
        failure instanceof Error ? `the ${asked} does not answer, still trying: ${failure.message}` : '';
      if (away === '' && !said.has('contact')) return;
      sayOnce('contact', away === '' ? `the ${asked} answers again` : away);
    },
    line: (text) => sayOnce('line', text),
  };
}
