import { expect, test } from 'vitest';
import { head, pipelineOf, problemsOfSteps } from './read-pipeline.ts';

const commands = 'commands: [x]';

test('services are read with their defaults', () => {
  const services =
    "{ db: { image: 'postgres:16', env: { A: '${branch}' }, ready: pg_isready, memory: 256Mi }, cache: { image: redis, command: [redis-server] } }";
  const [step] = pipelineOf(
    `${head}steps:\n  - { id: one, run: { image: x, ${commands}, services: ${services} } }\n`,
  ).steps;

  expect(step).toMatchObject({
    services: [
      {
        ...{ name: 'db', image: 'postgres:16', command: null, env: { A: '${branch}' } },
        ...{ ready: 'pg_isready', readyWithinMs: 60_000, memoryBytes: 2 ** 28 },
      },
      { name: 'cache', image: 'redis', command: ['redis-server'], ready: null, memoryBytes: null },
    ],
  });
});

test('a matrix has its part in services', () => {
  const services = "{ db: { image: 'postgres:${matrix.pg}', env: { V: '${matrix.pg}' } } }";
  const { steps } = pipelineOf(
    `${head}steps:\n  - { id: one, matrix: { axes: { pg: [15, 16] } }, run: { image: x, ${commands}, services: ${services} } }\n`,
  );

  expect(steps).toMatchObject([
    { id: 'one-15', services: [{ image: 'postgres:15', env: { V: '15' } }] },
    { id: 'one-16', services: [{ image: 'postgres:16', env: { V: '16' } }] },
  ]);
});

test('what services read must be there', () => {
  const services = "{ db: { image: 'a:${matrix.x}', env: { A: '${parameters.y}' } } }";

  expect(
    problemsOfSteps(`{ id: one, run: { image: x, ${commands}, services: ${services} } }`).toSorted(),
  ).toEqual([
    "4:100 there is no parameter 'y' (the file declares none: add it under parameters)",
    '4:73 there is no matrix here for ${matrix.x}',
  ]);
  expect(
    problemsOfSteps(`{ id: one, run: { image: x, ${commands}, services: { Db: { image: x } } } }`),
  ).toEqual([
    '4:60 a name has 1 to 63 lower-case letters, digits and dashes, and begins and ends with a letter or digit (for example db)',
  ]);
});
