import { expect, test } from 'vitest';
import type { DeployStep } from '../../src/domain/pipeline.ts';
import type { StepResult } from '../../src/steps/step-handler.ts';
import { type StoredRun, storedRun } from '../logs/stored-run.ts';
import { contextOf } from './stored-context.ts';
import { deployStep, unreachableDeploy } from './unreachable-deploy.ts';

const always = { cron: '* * * * *', lastsMs: 3_600_000, timezone: 'UTC', reason: 'stocktaking' };

test('a deploy step in a freeze is rejected with the reason, and asks nothing of the cluster', async () => {
  await using run = await storedRun();

  const result = await deployInFreeze(run, {});

  expect(result).toEqual({
    outcome: 'rejected',
    reason: expect.stringMatching(
      /^staging is frozen until .* \(UTC\): stocktaking; "trunkline retry cart#1" deploys it afterwards$/,
    ),
  });
});

test('a rollback is not held up by a freeze', async () => {
  await using run = await storedRun();

  const result = await deployInFreeze(run, { restore: { deployId: 'd1', label: 'r1 (cart #1)' } });

  expect(result).toEqual({ outcome: 'failed', reason: 'the set of r1 (cart #1) is no longer on record' });
});

async function deployInFreeze(run: StoredRun, step: Partial<DeployStep>): Promise<StepResult> {
  const handler = unreachableDeploy(run, { freeze: [always] });
  return handler.execute({ ...deployStep, ...step }, contextOf(run, {}));
}
