import { randomUUID } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { JsonObject } from '../../src/domain/json.ts';
import type { BuildStep, PushStep, RunStep } from '../../src/domain/pipeline.ts';
import type { StepProgress } from '../../src/domain/step-progress.ts';
import type { StepContext, StepResult } from '../../src/steps/step-handler.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const common = { needs: [], timeoutMs: 60_000, retry: { max: 0, on: [] } };

export function buildStep(more: Partial<BuildStep> = {}): BuildStep {
  const step = {
    id: 'image',
    context: '.',
    dockerfile: 'Dockerfile',
    image: 'images-test/cart',
    args: {},
  } as const;
  return { ...common, kind: 'build', ...step, target: null, ...more };
}

export function pushStep(more: Partial<PushStep> = {}): PushStep {
  return {
    ...common,
    kind: 'push',
    id: 'push',
    image: 'image',
    tags: ['r${revision}-${run}'],
    registry: null,
    ...more,
  };
}

export function runStep(more: Partial<RunStep> = {}): RunStep {
  const limits = { network: null, cpus: null, memoryBytes: null };
  return {
    ...common,
    kind: 'run',
    id: 'test',
    from: { step: 'image' },
    commands: [],
    env: {},
    ...limits,
    ...more,
  };
}

/** What a step needs that has no artifacts, secrets and caches. */
export const plain = {
  secrets: {},
  caches: null,
  async keepArtifacts(): Promise<never> {
    throw new Error('this step has no artifacts');
  },
};

export interface ContextUnderTest extends StepContext, AsyncDisposable {
  readonly outputs: Map<string, JsonObject>;
  output(): string;
  /** What the step has reported, in order. */
  readonly reports: StepProgress[];
  /** Rejects the next confirmations of the lease, as after a take-over. */
  loseLease(reason: Error): void;
}

/** What the run engine gives a step, over a tree of these files. */
export async function contextUnderTest(
  files: Record<string, string> = {},
  more: Partial<StepContext> = {},
): Promise<ContextUnderTest> {
  const folder = await temporaryFolder();
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder.path, path)), { recursive: true });
    await writeFile(join(folder.path, path), text);
  }
  const reports: StepProgress[] = [];
  let log = '';
  let journal: JsonObject | undefined;
  let lost: Error | undefined;
  const write = (text: string) => {
    log += text;
  };
  return {
    run: runFacts,
    stepId: 'test',
    attempt: 1,
    isLastAttempt: false,
    fencing: 1,
    steps: [],
    signal: new AbortController().signal,
    handedOver: new AbortController().signal,
    reports,
    progress: (report) => void reports.push(report),
    log: { write, line: (text) => write(`${text}\n`) },
    journal: {
      read: () => journal,
      async write(entry) {
        journal = entry;
      },
    },
    workspace: () => Promise.resolve(folder.path),
    confirmLease: () => (lost === undefined ? Promise.resolve() : Promise.reject(lost)),
    ...more,
    outputs: new Map(more.outputs ?? []),
    output: () => log,
    loseLease(reason) {
      lost = reason;
    },
    [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose](),
  };
}

/** Waits for a step that has to succeed, and keeps its output for the steps after it. */
export async function succeed(
  context: ContextUnderTest,
  id: string,
  step: Promise<StepResult>,
): Promise<JsonObject> {
  const result = await step;
  if (result.outcome !== 'succeeded') throw new Error(result.reason);
  context.outputs.set(id, result.output);
  return result.output;
}

export const runFacts = {
  id: randomUUID(),
  number: 7,
  pipeline: 'cart',
  repository: 'shop',
  branch: 'trunk',
  move: 12,
  revision: '12',
  sourceUrl: 'svn://svn.example.com/shop/trunk@12',
  parameters: {},
  author: 'alice',
  message: 'A change',
  committedAt: '2026-01-02T03:04:05.000Z',
  requestedBy: 'hook',
  told: {},
  sourcePath: '',
};
