import { expect, test } from 'vitest';
import { manifestsOf } from '../../src/domain/step-manifests.ts';
import { buildStep, head, pipelineOf, problemsOfSteps } from './read-pipeline.ts';

test('a job is a manifest, or commands in a pushed image', () => {
  const { steps } = pipelineOf(`${head}steps:
  - ${buildStep}
  - { id: push, push: { image } }
  - { id: migrate, job: { environment: staging, manifest: ./deploy/migrate.yaml, timeout: 5m } }
  - { id: seed, needs: [push], job: { environment: staging, from: image, commands: [seed], env: { A: '\${revision}' } } }
`);

  expect(steps.slice(2)).toMatchObject([
    { kind: 'job', environment: 'staging', source: { manifest: 'deploy/migrate.yaml' }, timeoutMs: 300_000 },
    {
      kind: 'job',
      source: { step: 'image', commands: ['seed'], env: { A: '${revision}' } },
      timeoutMs: 1_800_000,
    },
  ]);
  expect(steps.map(manifestsOf)).toEqual([null, null, { patterns: ['deploy/migrate.yaml'] }, null]);
});

test('a job with an image comes after its push', () => {
  const problems = problemsOfSteps(
    buildStep,
    '{ id: migrate, job: { environment: staging, from: image, commands: [migrate] } }',
  );

  expect(problems).toEqual([
    "5:55 the image of 'image' is not pushed before step 'migrate' (add a push step, and its id to the needs of 'migrate')",
  ]);
});

test.each([
  ['{ environment: a }', "a job step needs either 'manifest' or 'from'"],
  ['{ environment: a, manifest: m.yaml, commands: [x] }', "'from' and 'commands' belong together"],
  ['{ manifest: m.yaml }', "'environment' is missing"],
  [
    '{ environment: a, manifest: m.yaml, secrets: { A: a } }',
    "'secrets' belongs to 'from' (a manifest names",
  ],
  [
    "{ environment: a, from: b, commands: [x], env: { A: '1' }, secrets: { A: a } }",
    "A has a value in 'env'",
  ],
  [
    '{ environment: a, from: b, commands: [x], cache: [] }',
    "a job step has no 'cache': caches lie on the disk",
  ],
  ['{ environment: a, from: b, commands: [x], memory: 1Gi }', "a job step has no 'memory'"],
])('a job that is not clear is refused: %s', (job, message) => {
  expect(problemsOfSteps(`{ id: a, job: ${job} }`).join('\n')).toContain(message);
});
