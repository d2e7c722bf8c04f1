import { expect, test } from 'vitest';
import { pipelineOf, startEngine } from '../runs/engine-under-test.ts';

test('a run and its steps are never stored with a state, an outcome or an end that do not go together', async () => {
  await using engine = await startEngine();
  const id = await engine.createRun(pipelineOf('one'));
  const run = (values: object) => engine.db.updateTable('run').set(values).where('id', '=', id).execute();
  const step = (values: object) =>
    engine.db.updateTable('step').set(values).where('run_id', '=', id).execute();
  const ended = { state: 'ended', outcome: 'failed', ended_at: new Date() };

  await expect(run({ state: 'done' })).rejects.toThrow('a run cannot be done');
  await expect(run({ ...ended, outcome: 'broken' })).rejects.toThrow('ended with outcome broken');
  await expect(run({ ...ended, outcome: null })).rejects.toThrow('a run cannot be ended');
  await expect(run({ ...ended, ended_at: null })).rejects.toThrow('a run cannot be ended');
  await expect(run({ outcome: 'failed' })).rejects.toThrow('a run cannot be queued with outcome failed');
  await expect(step({ state: 'done' })).rejects.toThrow('a step cannot be done');
  await expect(step({ state: 'ended' })).rejects.toThrow('a step cannot be ended');
  await expect(step({ state: 'ended', outcome: 'lost' })).rejects.toThrow('with outcome lost');
  await expect(
    engine.createRun(pipelineOf('one'), { trigger: 'whim' as 'api', revision: '2' }),
  ).rejects.toThrow('started by whim');

  await step({ state: 'ended', outcome: 'skipped' });
  await run(ended);
  expect((await engine.run(id)).outcome).toBe('failed');
});
