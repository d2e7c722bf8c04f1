import { describe, expect, it } from 'vitest';
import type { Parameter } from '../../src/domain/parameter.ts';
import { rerunRun } from '../../src/runs/repeat-run.ts';
import { pipelineOf, startEngine, succeeded } from './engine-under-test.ts';

const size: Parameter = {
  ...{ name: 'size', type: 'choice', default: 'small', options: ['small', 'large'] },
  ...{ pattern: null, description: null },
};
const when = { branches: null, paths: null, trigger: null, parameters: { size: ['large'] } };
const pipeline = {
  ...pipelineOf('one', { id: 'all', when }),
  parameters: [size],
  concurrency: { group: 'of ${parameters.size}', queue: 'fifo' as const },
};

describe.concurrent('a run with parameters', () => {
  it('has the defaults of those that nobody gave, in its record, its group, its conditions and its steps', async () => {
    await using engine = await startEngine();
    const seen: unknown[] = [];
    engine.startWorker(async (step, { run }) => {
      seen.push([step.id, run.parameters]);
      return succeeded;
    });
    const small = await engine.createRun(pipeline, { trigger: 'commit' });
    const large = await engine.createRun(pipeline, { parameters: { size: 'large' } });

    await engine.deliver(small);
    const first = await engine.ended(small);
    await engine.deliver(large);
    const second = await engine.ended(large);

    expect(first).toMatchObject({ parameters: { size: 'small' }, concurrency_group: 'cart/of small' });
    expect(first.steps.all?.reason).toBe('the parameter size is small, not large');
    expect(second).toMatchObject({ parameters: { size: 'large' }, concurrency_group: 'cart/of large' });
    expect(seen).toEqual([
      ['one', { size: 'small' }],
      ['one', { size: 'large' }],
      ['all', { size: 'large' }],
    ]);
  });

  it('is rerun with what its pipeline still takes, and refused when that does not take its values', async () => {
    await using engine = await startEngine();
    engine.startWorker(async () => succeeded);
    const runId = await engine.createRun(pipeline, { parameters: { size: 'large' } });
    await engine.deliver(runId);
    await engine.ended(runId);
    const rerunWith = (parameters: Parameter[]) => {
      const entry = { name: 'cart', source: '', pipeline: { ...pipelineOf('one'), parameters } };
      return engine.db
        .transaction()
        .execute((tx) => rerunRun(tx, { runId, by: 'bob', findPipeline: () => entry }));
    };

    const other = await rerunWith([{ ...size, options: ['small'] }]);
    const without = await rerunWith([{ ...size, name: 'speed' }]);

    expect(other).toEqual({ refused: 'other-parameters' });
    if ('refused' in without) throw new Error(without.refused);
    expect((await engine.run(without.runId)).parameters).toEqual({ speed: 'small' });
  });
});
