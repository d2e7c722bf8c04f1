import type { ProgressItemState } from '../../domain/step-progress.ts';
import type { ProgressHooks } from '../cluster.ts';

/** Reports how far a set of writes has come, object by object. */
export function createApplyReport(
  names: string[],
  { onReport }: Pick<ProgressHooks, 'onReport'>,
): { mark(name: string, state: ProgressItemState): void } {
  const states = new Map<string, ProgressItemState>(names.map((name) => [name, 'waiting']));
  const report = () => {
    const items = [...states].map(([name, state]) => ({ name, state, text: null, done: null, total: null }));
    const done = items.filter(({ state }) => state === 'done').length;
    const text = `${done} of ${items.length} objects applied`;
    onReport({ phase: 'apply', text, done, total: items.length, unit: 'steps', items });
  };
  return {
    mark(name, state) {
      states.set(name, state);
      report();
    },
  };
}
