import fc from 'fast-check';
import { expect, it } from 'vitest';
import { Fault } from '../../src/domain/fault.ts';
import type { Outcome } from '../../src/domain/outcome.ts';
import type { Pipeline, StepDefinition } from '../../src/domain/pipeline.ts';
import { replay } from '../../src/domain/run-history.ts';
import { requestCancel } from '../../src/runs/cancel-run.ts';
import { redeliverRun } from '../../src/runs/deliver-run.ts';
import type { StepContext, StepResult } from '../../src/steps/step-handler.ts';
import { keepQueueRules } from '../../src/store/queue-rules.ts';
import { readHistory } from '../../src/store/run-history.ts';
import { decide, pushed, signedOff, type TestEngine, waitingRun } from './approvals-under-test.ts';
import { pipelineOf, startEngine, succeeded } from './engine-under-test.ts';

const failed: StepResult = { outcome: 'failed', reason: 'exit code 1' };
const results = { succeeded, failed, 'timed-out': { outcome: 'timed-out', reason: 'too long' } } as const;

const step = fc.record({
  end: fc.constantFrom('succeeded' as const, 'failed' as const, 'timed-out' as const),
  runWhen: fc.constantFrom(undefined, 'on-failure' as const, 'on-cancel' as const, 'always' as const),
  isBeside: fc.boolean(),
  mayFail: fc.boolean(),
});
/** What happens from outside when the step with this number begins. */
const event = fc.record({
  at: fc.nat({ max: 4 }),
  what: fc.constantFrom('nothing', 'cancel', 'worker ends'),
});

it('what a run has come to follows from its history alone, whatever happens to it', async () => {
  await using engine = await startEngine();

  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 5 }), event, async (steps, { at, what }) => {
      const definitions = steps.map(({ runWhen, isBeside, mayFail }, index) => ({
        id: `s${index}`,
        retry: { max: 0, on: [] },
        ...(isBeside && { needs: [] }),
        ...(runWhen !== undefined && { runWhen }),
        ...(mayFail && { allowFailure: true as const }),
      }));
      const pipeline = {
        ...pipelineOf(...definitions),
        concurrency: { group: 'all', queue: 'fifo' as const },
      };
      const runId = await engine.createRun(pipeline);
      let isOver = false;
      const behaviour = async ({ id }: { id: string }) => {
        const index = Number(id.slice(1));
        if (index === at && what === 'cancel')
          await requestCancel(engine.db, { runId, by: 'ann', rollout: 'leave' });
        if (index === at && what === 'worker ends' && !isOver) {
          isOver = true;
          void first.shutDown().then(() => redeliverRun(engine.db, engine.queue, runId));
        }
        return results[steps[index]?.end ?? 'succeeded'];
      };
      const first = engine.startWorker(behaviour);
      const second = engine.startWorker(behaviour);
      await engine.deliver(runId);
      await engine.ended(runId);
      await Promise.all([first.drain(), second.drain()]);

      const rows = await expectReplayed(engine, runId);

      expect(rows[0]).toMatchObject({ to_state: 'queued', who: 'test' });
      expect(rows[1]).toMatchObject({ to_state: 'running', who: expect.stringMatching(/^worker-/) });
      expect(
        rows.filter(({ step_id }) => step_id !== null).every(({ who }) => who.startsWith('worker-')),
      ).toBe(true);
    }),
    { numRuns: 15 },
  );
});

/** Each way in which a run may end, with what happens to it on the way. @returns its id */
const endings = {
  async succeeded(engine) {
    return begun(engine, pipelineOf({ id: 'flaky', retry: { max: 2, on: ['failure'], backoffMs: 10 } }));
  },
  failed: (engine) => begun(engine, pipelineOf('fails', 'after')),
  'timed-out': (engine) => begun(engine, pipelineOf({ id: 'hangs', idleTimeoutMs: 100 })),
  errored: (engine) =>
    begun(engine, pipelineOf({ id: 'faulty', retry: { max: 1, on: ['fault'], backoffMs: 10 } })),
  async cancelled(engine) {
    const runId = await waitingRun(engine, signedOff());
    await requestCancel(engine.db, { runId, by: 'ann', rollout: 'leave' });
    await redeliverRun(engine.db, engine.queue, runId);
    return runId;
  },
  async rejected(engine) {
    const runId = await waitingRun(engine, signedOff());
    await decide(engine, { runId, verdict: 'rejected', comment: 'no' });
    return runId;
  },
  async superseded(engine) {
    const concurrency = { group: 'few', queue: 'fifo', maxQueue: 1 } as const;
    const pipeline = { ...pipelineOf('one'), concurrency };
    const [, second = ''] = [
      await engine.createRun(pipeline),
      await engine.createRun(pipeline),
      await engine.createRun(pipeline),
    ];
    await keepQueueRules(engine.db);
    return second;
  },
} satisfies Record<Outcome, (engine: TestEngine) => Promise<string>>;

it('each way in which a run ends, after retries, approvals and refusals too, follows from its history', async () => {
  await using engine = await startEngine();
  engine.startWorker(behave);

  for (const [outcome, end] of Object.entries(endings)) {
    const runId = await end(engine);
    expect((await engine.ended(runId)).outcome).toBe(outcome);
    await expectReplayed(engine, runId);
  }
});

async function begun(engine: TestEngine, pipeline: Pipeline): Promise<string> {
  const runId = await engine.createRun(pipeline);
  await engine.deliver(runId);
  return runId;
}

async function behave({ id }: StepDefinition, { attempt }: StepContext): Promise<StepResult> {
  if (id === 'faulty') throw new Fault('docker-unreachable', 'the engine is away');
  if (id === 'hangs') return new Promise(() => undefined);
  if (id === 'push') return pushed('sha256:1');
  return id === 'fails' || (id === 'flaky' && attempt < 3) ? failed : succeeded;
}

/** What is stored of a run and its steps is what its history comes to. @returns that history */
async function expectReplayed(engine: TestEngine, runId: string) {
  const run = await engine.run(runId);
  const rows = await readHistory(engine.db, runId);
  const history = rows.map((row) => ({ ...row, step: row.step_id, from: row.from_state, to: row.to_state }));
  const { run: end, steps: ends } = replay(history);
  expect(end).toEqual({ state: run.state, outcome: run.outcome, reason: run.reason });
  for (const { id, state, outcome, reason, attempt } of Object.values(run.steps))
    expect(ends.get(id) ?? neverBegun).toEqual({ state, outcome, reason, attempt });
  return rows;
}

const neverBegun = { state: 'pending', outcome: null, reason: null, attempt: 0 };

it('a history with a hole is not believed', () => {
  const made = { step: null, from: null, to: 'queued', outcome: null, reason: null, attempt: null };
  const ended = { ...made, from: 'running', to: 'ended', outcome: 'succeeded' };

  expect(() => replay([made, ended])).toThrow('the run was queued and is said to have been running');
});
