import type { LogWish } from '../../clusters/container-line.ts';
import { createContainerLines } from '../container-lines.ts';
import { type Deployment, remember } from './deployment.ts';

/** What the new pods write, in the step's log; undefined: the step does not want it. To be closed before anything else is journaled. */
export function podLines(deployment: Deployment): { wish: LogWish; close(): Promise<void> } | undefined {
  const { step, context, journal } = deployment;
  const of = step.logs ?? 'one';
  if (of === 'none') return undefined;
  const readUpTo = journal.logsReadUpTo ?? {};
  const save = (logsReadUpTo: Record<string, string>) => remember(deployment, { logsReadUpTo });
  const lines = createContainerLines(context, { readUpTo, save });
  return { wish: { of, readUpTo, onLine: lines.onLine }, close: lines.close };
}
