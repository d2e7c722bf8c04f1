import type { JsonObject } from '../../src/domain/json.ts';
import type { StepContext } from '../../src/steps/step-handler.ts';
import type { StoredRun } from '../logs/stored-run.ts';

export interface ContextParts {
  stepId?: string;
  revision?: string;
  outputs?: Record<string, JsonObject>;
  /** The folder of the tree. */
  workspace?: string;
  isLastAttempt?: boolean;
  signal?: AbortSignal;
  handedOver?: AbortSignal;
  /** What an earlier attempt has left; the newest entry is kept in it. */
  journal?: { entry?: JsonObject };
  /** Receives the lines of the log. */
  log?: string[];
}

/** What the engine gives a step of a stored run; the journal lives in memory. */
export function contextOf(
  { runId, lease }: Pick<StoredRun, 'runId' | 'lease'>,
  parts: ContextParts,
): StepContext {
  const never = new AbortController().signal;
  const journal = parts.journal ?? {};
  return {
    run: {
      ...{ id: runId, number: 1, pipeline: 'cart', repository: 'shop', branch: 'trunk', move: 1 },
      ...{ revision: parts.revision ?? '1', sourceUrl: 'svn://test/trunk@1', author: null, message: '' },
      ...{ committedAt: null, requestedBy: 'test', sourcePath: '', told: {}, parameters: {} },
    },
    stepId: parts.stepId ?? 'deploy',
    attempt: 1,
    isLastAttempt: parts.isLastAttempt ?? false,
    fencing: lease.fencing,
    signal: parts.signal ?? never,
    handedOver: parts.handedOver ?? never,
    steps: [],
    progress: () => undefined,
    log: { write: () => undefined, line: (text) => parts.log?.push(text) },
    outputs: new Map(Object.entries(parts.outputs ?? {})),
    journal: {
      read: () => journal.entry,
      async write(entry) {
        journal.entry = entry;
      },
    },
    workspace: async () => parts.workspace ?? '/nowhere',
    confirmLease: async () => undefined,
  };
}
