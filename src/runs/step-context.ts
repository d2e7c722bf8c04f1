import { artifactsBefore } from '../domain/artifacts.ts';
import type { JsonObject } from '../domain/json.ts';
import type { StepDefinition } from '../domain/pipeline.ts';
import type { StepContext } from '../steps/step-handler.ts';
import { confirmLease } from '../store/leases.ts';
import { writeJournal } from '../store/runs.ts';
import { runFacts } from './engine.ts';
import type { Execution } from './execute-run.ts';
import { persist } from './persist.ts';
import { placeArtifacts } from './place-artifacts.ts';
import type { FetchWatcher } from './workspaces.ts';

interface AttemptParts extends Pick<StepContext, 'attempt' | 'isLastAttempt' | 'signal' | 'progress'> {
  /** Into the step's log. */
  write(text: string): void;
  drained(): Promise<void>;
}

/** What one attempt of a step gets to work with; everything it writes is conditional on the lease. */
export function createStepContext(
  execution: Execution,
  step: StepDefinition,
  { attempt, isLastAttempt, signal, write, drained, progress }: AttemptParts,
): StepContext {
  const { engine, admitted, keeper, outputs, journals } = execution;
  const line = (text: string) => write(`${text}\n`);
  const watcher: FetchWatcher = { onProgress: line, onReport: progress };
  return {
    run: runFacts(admitted.run, engine, admitted.pipeline.source.path),
    stepId: step.id,
    attempt,
    isLastAttempt,
    fencing: admitted.lease.fencing,
    signal,
    handedOver: keeper.handedOver,
    steps: admitted.pipeline.steps,
    // What other steps leave meanwhile is not this attempt's: it is checked and used as one.
    outputs: new Map(outputs),
    progress,
    log: { write, line, drained },
    journal: {
      read: () => journals.get(step.id),
      async write(journal: JsonObject) {
        await persist(
          () => writeJournal(engine.db, admitted.lease, { stepId: step.id, journal }),
          keeper.lost,
        );
        journals.set(step.id, journal);
      },
    },
    ...treeOf(execution, step, { attempt, watcher }),
    confirmLease: () => persist(() => confirmLease(engine.db, admitted.lease), keeper.lost),
    leave: (rest) => execution.leftovers.leave(rest),
  };
}

/** Steps that run commands write into a copy of their own, as does what earlier steps have left; others share the clean tree. */
function treeOf(
  execution: Execution,
  step: StepDefinition,
  { attempt, watcher }: { attempt: number; watcher: FetchWatcher },
): Pick<StepContext, 'workspace' | 'workspacePath'> {
  const { engine, admitted, workspace, outputs } = execution;
  const left = artifactsBefore(admitted.pipeline.steps, step.id, outputs);
  if (step.kind !== 'run' && (step.kind !== 'build' || left.length === 0))
    return { workspace: () => workspace.tree(watcher) };
  const copy = { stepId: step.id, attempt };
  const path = workspace.copyPath(copy);
  return {
    async workspace() {
      const isLast = isLastInTree(execution, step);
      const folder = await workspace.copy({ ...copy, isLast }, watcher);
      await placeArtifacts(engine.db, left, folder);
      return folder;
    },
    workspacePath: path,
  };
}

const kindsWithTree: ReadonlySet<StepDefinition['kind']> = new Set([
  'run',
  'build',
  'deploy',
  'job',
] as const);

/** Whether no other step works in the tree, or is still to. */
function isLastInTree({ admitted, states }: Execution, { id }: StepDefinition): boolean {
  return admitted.pipeline.steps.every(
    (other) => other.id === id || !kindsWithTree.has(other.kind) || states.get(other.id)?.state === 'ended',
  );
}
