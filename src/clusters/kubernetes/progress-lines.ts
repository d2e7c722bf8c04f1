import type { Judgement } from './judge.ts';
import type { KubeObject } from './objects.ts';
import { stageOf } from './pods.ts';

/** Says what changes while a rollout goes on, once each: pod by pod, workload by workload. */
export interface ProgressLines {
  workload(name: string, judgement: Judgement, newPods: KubeObject[]): void;
  /** Whether the cluster answers. */
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
    workload(name, judgement, newPods) {
      for (const pod of newPods) {
        const stage = stageOf(pod);
        sayOnce(pod.metadata.name, stage, `pod ${pod.metadata.name}: ${stage}`);
      }
      if (judgement.state !== 'waiting') return;
      sayOnce(name, judgement.text, `${name}: ${judgement.text}`);
      const [worst] = judgement.troubles;
      if (worst !== undefined)
        sayOnce(`${name} trouble`, worst.trouble.class, `${name}: ${worst.trouble.message}`);
    },
    contact(failure) {
      const away =
        failure instanceof Error ? `the cluster does not answer, still trying: ${failure.message}` : '';
      if (away === '' && !said.has('contact')) return;
      sayOnce('contact', away === '' ? 'the cluster answers again' : away);
    },
    line: (text) => sayOnce('line', text),
  };
}
