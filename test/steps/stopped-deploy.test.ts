import { expect, test } from 'vitest';
import { storedRun } from '../logs/stored-run.ts';
import { contextOf } from './stored-context.ts';
import { deployStep, unreachableDeploy } from './unreachable-deploy.ts';

const workloads = [{ name: 'deployment/cart', target: 'k/shop/deployment/cart' }];

test.for([
  { phase: 'planned', rollout: 'roll-back', reason: 'cancelled by bob before anything was changed' },
  {
    ...{ phase: 'canary', rollout: 'leave' },
    reason: 'cancelled by bob; the canary was removed, the old version of deployment/cart was not touched',
  },
  {
    ...{ phase: 'applying', rollout: 'roll-back' },
    reason: 'cancelled by bob; left as it is: there is no earlier healthy version to go back to',
  },
  {
    ...{ phase: 'applying', rollout: 'leave' },
    reason: 'cancelled by bob; the rollout is left as it is',
  },
] as const)(
  'a cancelled deployment that is taken over in the phase "$phase" says what became of it ($rollout)',
  async ({ phase, rollout, reason }) => {
    await using run = await storedRun();
    const signal = AbortSignal.abort({ kind: 'cancelled', by: 'bob', rollout });
    const journal = { entry: { phase, deployId: 'd1', workloads } };
    const context = contextOf(run, { signal, journal });
    // Nothing is written to a cluster where the rollout is left: which one it is does not matter.
    const handler = unreachableDeploy(run, { asks: phase === 'applying' && rollout === 'leave' });

    // A stop ends the fetch of a tree, too.
    const result = await handler.execute(deployStep, {
      ...context,
      workspace: () => Promise.reject(signal.reason),
    });

    expect(result).toEqual({ outcome: 'cancelled', reason });
  },
);
