import { expect, test } from 'vitest';
import { stepDrawing } from '../../src/cli/step-drawing.ts';
import { head, pipelineOf } from '../domain/read-pipeline.ts';

test('a step that takes a rollout back says which one, and that it only does so after a failure', () => {
  const { steps } = pipelineOf(`${head}steps:
  - { id: europe, deploy: { environment: europe, workload: deployment/a, images: {} } }
  - { id: asia, deploy: { environment: asia, manifests: [a.yaml, b.yaml] } }
  - { id: back, run-when: on-failure, deploy: { environment: europe, undo: europe } }
`);
  const plain = { columns: 100, paint: (_style: string, text: string) => text } as never;

  expect(stepDrawing(plain, steps).map((line) => line.trim())).toEqual([
    'deploy europe  to europe: deployment/a',
    'deploy asia    to asia: a.yaml, b.yaml',
    'deploy back    takes europe back in europe  (runs on-failure)',
  ]);
});

test('in a file or pipe, which has no end of columns, a step is told whole', () => {
  const command = `echo ${'long '.repeat(60)}end`;
  const { steps } = pipelineOf(`${head}steps:\n  - { id: a, run: { image: x, commands: ['${command}'] } }\n`);
  const pipe = { columns: Number.POSITIVE_INFINITY, paint: (_style: string, text: string) => text } as never;

  expect(stepDrawing(pipe, steps).join()).toContain(`${command.trim().slice(-20)} in x`);
});
