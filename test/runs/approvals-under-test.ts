import type { Pipeline, StepDefinition } from '../../src/domain/pipeline.ts';
import { type DecisionWish, decideApproval } from '../../src/runs/decide-approval.ts';
import { redeliverRun } from '../../src/runs/deliver-run.ts';
import type { StepResult } from '../../src/steps/step-handler.ts';
import { waitFor } from '../support/wait-for.ts';
import { pipelineOf, type startEngine } from './engine-under-test.ts';

export type TestEngine = Awaited<ReturnType<typeof startEngine>>;

export const pushed = (digest: string): StepResult => ({
  outcome: 'succeeded',
  output: { image: 'image', name: 'cart', repository: 'r/cart', digest, imageId: 'i', tags: [] },
});

/** A step that asks for an approval after `push`. */
export function approve(more: Partial<StepDefinition> & { count?: number } = {}): Partial<StepDefinition> {
  const asked = { by: ['release'], count: 1, notAuthor: true, message: null };
  return {
    id: 'signoff',
    kind: 'approve',
    needs: ['push'],
    timeoutMs: 3_600_000,
    ...asked,
    ...more,
  } as never;
}

export function signedOff(more: Parameters<typeof approve>[0] = {}): Pipeline {
  return pipelineOf({ id: 'push', kind: 'push' }, approve(more), 'ship');
}

export async function waitingRun(
  engine: TestEngine,
  pipeline: Pipeline,
  more: Parameters<TestEngine['createRun']>[1] = {},
): Promise<string> {
  const runId = await engine.createRun(pipeline, more);
  await engine.deliver(runId);
  await waitFor(async () => (await engine.run(runId)).state === 'waiting', { what: 'the run to wait' });
  return runId;
}

/** What the server does with a decision. */
export async function decide(engine: TestEngine, wish: Partial<DecisionWish> & { runId: string }) {
  const by = { name: 'rita', roles: ['release', 'other'] };
  const all = { stepId: 'signoff', verdict: 'approved', by, comment: null, subject: null, ...wish } as const;
  const receipt = await engine.db.transaction().execute((tx) => decideApproval(tx, all));
  if ('decided' in receipt) await redeliverRun(engine.db, engine.queue, wish.runId);
  return receipt;
}
