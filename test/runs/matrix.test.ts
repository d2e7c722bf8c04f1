import { expect, it } from 'vitest';
import { pipelineOf as parsed } from '../domain/read-pipeline.ts';
import { startEngine, succeeded } from './engine-under-test.ts';

it('a run has a step for each combination, side by side, and goes on when all of them have ended', async () => {
  await using engine = await startEngine();
  const bothBegan = Promise.withResolvers<void>();
  const seen: string[] = [];
  engine.startWorker(async (step) => {
    seen.push(step.id);
    if (seen.length === 2) bothBegan.resolve();
    if (step.id !== 'last') await bothBegan.promise;
    return step.id === 'test-22' ? { outcome: 'failed', reason: 'exit code 1' } : succeeded;
  });
  const pipeline = parsed(`name: cart
source: { repository: shop }
steps:
  - id: test
    matrix: { axes: { node: [20, 22] } }
    run: { image: 'node:\${matrix.node}', commands: [npm test] }
  - { id: report, run-when: always, run: { image: x, commands: [x] } }
  - { id: last, run: { image: x, commands: [x] } }
`);
  const runId = await engine.createRun(pipeline);

  await engine.deliver(runId);
  const run = await engine.ended(runId);

  expect(seen.slice(0, 2).sort()).toEqual(['test-20', 'test-22']);
  expect(seen.slice(2)).toEqual(['report']);
  expect(run).toMatchObject({ outcome: 'failed', reason: 'test-22: exit code 1' });
  expect(run.steps.last?.outcome).toBe('skipped');
});
