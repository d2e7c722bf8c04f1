import fc from 'fast-check';
import { expect, it } from 'vitest';
import { replay } from '../../src/domain/run-history.ts';
import { requestCancel } from '../../src/runs/cancel-run.ts';
import { redeliverRun } from '../../src/runs/deliver-run.ts';
import type { StepResult } from '../../src/steps/step-handler.ts';
import { readHistory } from '../../src/store/run-history.ts';
import { pipelineOf, startEngine, succeeded } from './engine-under-test.ts';

const failed: StepResult = { outcome: 'failed', reason: 'exit code 1' };
const results = { succeeded, failed, 'timed-out': { outcome: 'timed-out', reason: 'too long' } } as const;

const step = fc.record({
  end: fc.constantFrom('succeeded' as const, 'failed' as const, 'timed-out' as const),
  runWhen: fc.constantFrom(undefined, 'on-failure' as const, 'always' as const),
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
      const run = await engine.ended(runId);
      await Promise.all([first.drain(), second.drain()]);

      const rows = await readHistory(engine.db, runId);
      const history = rows.map((row) => ({
        ...row,
        step: row.step_id,
        from: row.from_state,
        to: row.to_state,
      }));
      const { run: end, steps: ends } = replay(history);

      expect(end).toEqual({ state: run.state, outcome: run.outcome, reason: run.reason });
      for (const { id, state, outcome, reason, attempt } of Object.values(run.steps))
        expect(ends.get(id)).toEqual({ state, outcome, reason, attempt });
      expect(rows[0]).toMatchObject({ to_state: 'queued', who: 'test' });
      expect(rows[1]).toMatchObject({ to_state: 'running', who: expect.stringMatching(/^worker-/) });
      expect(
        rows.filter(({ step_id }) => step_id !== null).every(({ who }) => who.startsWith('worker-')),
      ).toBe(true);
    }),
    { numRuns: 15 },
  );
});

it('a history with a hole is not believed', () => {
  const made = { step: null, from: null, to: 'queued', outcome: null, reason: null, attempt: null };
  const ended = { ...made, from: 'running', to: 'ended', outcome: 'succeeded' };

  expect(() => replay([made, ended])).toThrow('the run was queued and is said to have been running');
});
