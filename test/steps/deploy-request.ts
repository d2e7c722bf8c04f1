import type { JsonObject } from '../../src/domain/json.ts';
import type { DeployStep, StepDefinition } from '../../src/domain/pipeline.ts';
import type { PushOutput } from '../../src/domain/step-output.ts';
import type { StepProgress } from '../../src/domain/step-progress.ts';
import type { Lease } from '../../src/store/leases.ts';

/** One execution of a deploy step in a test. */
export interface DeployRequest {
  step?: Partial<DeployStep>;
  /** Of the run. */
  steps?: StepDefinition[];
  files?: Record<string, string>;
  pushes?: Record<string, PushOutput>;
  signal?: AbortSignal;
  handedOver?: AbortSignal;
  lease?: Lease;
  /** Receives the lines of the log. */
  log?: string[];
  reports?: StepProgress[];
  /** Called after each entry of the journal, before the effect that follows it. */
  onJournal?: (entry: JsonObject) => void | Promise<void>;
  /** Called at the last look before a write. */
  onConfirm?: () => void | Promise<void>;
  /** Called between that look and the write. */
  afterConfirm?: () => void | Promise<void>;
}

export const deployStep: DeployStep = {
  id: 'deploy',
  kind: 'deploy',
  needs: [],
  timeoutMs: 120_000,
  retry: { max: 0, on: [] },
  environment: 'staging',
  manifests: ['deploy/*.yaml'],
  workload: null,
  soakMs: 0,
};
