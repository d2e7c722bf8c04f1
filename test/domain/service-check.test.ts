import { expect, test } from 'vitest';
import { head, pipelineOf, problemsOfSteps } from './read-pipeline.ts';

const deploy = (checks: string) => `{ id: d, deploy: { environment: e, manifests: a, checks: ${checks} } }`;

test('a check asks for a path, or only for a connection, and has 30 s unless it says otherwise', () => {
  const checks = '[{ service: cart, path: /health, status: 200 }, { service: db, port: sql, within: 2m }]';

  const [step] = pipelineOf(`${head}steps:\n  - ${deploy(checks)}\n`).steps;

  expect(step).toMatchObject({
    checks: [
      { service: 'cart', port: null, scheme: 'http', path: '/health', status: 200, withinMs: 30_000 },
      { service: 'db', port: 'sql', scheme: 'http', path: null, status: null, withinMs: 120_000 },
    ],
  });
});

test.for([
  ['[]', 'leave it out where there are none'],
  ['[{ path: / }]', 'service'],
  ['[{ service: Cart }]', 'this is no name of a Service'],
  ['[{ service: cart, path: health }]', "a path begins with '/'"],
  ['[{ service: cart, status: 200 }]', "'status' needs a 'path'"],
  ['[{ service: cart, within: 0s }]', "'within' lasts from 1s to 1h"],
] as const)('the checks %s are a mistake', ([checks, text]) => {
  expect(problemsOfSteps(deploy(checks)).join('\n')).toMatch(new RegExp(text));
});

test('what takes a rollout back has no checks', () => {
  const undo =
    '{ id: u, run-when: on-failure, deploy: { environment: e, undo: d, checks: [{ service: a }] } }';
  const problems = problemsOfSteps('{ id: d, deploy: { environment: e, manifests: a } }', undo);

  expect(problems.join('\n')).toContain("'undo' puts back what ran before, at once (delete 'checks')");
});
