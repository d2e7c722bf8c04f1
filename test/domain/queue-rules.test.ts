import { expect, test } from 'vitest';
import { asText, buildStep, head, pipelineOf, problemsOf } from './read-pipeline.ts';

const withQueue = (concurrency: string) => `${head}concurrency: ${concurrency}\nsteps: [${buildStep}]\n`;

test('a group has rules for what waits in it, where the file says so', () => {
  const { concurrency } = pipelineOf(withQueue('{ max-queue: 5, queue-timeout: 2h }'));

  expect(concurrency).toMatchObject({ queue: 'fifo', maxQueue: 5, queueTimeoutMs: 7_200_000 });
  expect(pipelineOf(withQueue('{ queue: latest }')).concurrency).toEqual({
    group: '${branch}',
    queue: 'latest',
  });
});

test('where only the newest waits there is nothing to bound', () => {
  expect(problemsOf(withQueue('{ queue: latest, max-queue: 5 }')).map(asText)).toEqual([
    "3:42 'max-queue' belongs to queue: fifo (with latest one run waits, the newest)",
  ]);
});
