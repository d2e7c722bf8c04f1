import { expect, test } from 'vitest';
import { readDiagnoses } from '../../src/domain/stored-diagnosis.ts';

const evidence = {
  headline: '1 of 1 new pods: container `api` exits 3',
  causes: [
    {
      ...{ class: 'crash', workload: 'deployment/cart', container: 'api', pods: ['cart-1'], newPods: 2 },
      message: 'container `api` exits 3',
      hint: 'look there',
      evidence: {
        pods: [
          {
            name: 'cart-1',
            node: 'node1',
            containers: [
              {
                name: 'api',
                restarts: 1,
                state: { waiting: { reason: 'CrashLoopBackOff' } },
                lastState: { terminated: { reason: 'Error', exitCode: 3 } },
              },
            ],
            events: [{ at: '2026-01-01T10:00:00Z', reason: 'BackOff', message: 'again', count: 2 }],
            logs: { previous: 'no table\n', current: '' },
          },
        ],
      },
    },
    {
      message: 'no node takes the pod',
      hint: null,
      evidence: { placement: { nodes: [{ node: 'n', why: ['x'] }] } },
    },
  ],
  changes: ['deployment/cart: spec.replicas: 1 -> 2'],
};

test('a stored diagnosis is read for people, once where several workloads have the same', () => {
  const { causes, changes } = readDiagnoses([evidence, structuredClone(evidence), null]);

  expect(causes).toMatchObject([
    {
      ...{
        class: 'crash',
        workload: 'deployment/cart',
        container: 'api',
        pod: { count: 1, of: 2 },
        exitCode: 3,
      },
      message: 'container `api` exits 3',
      hint: 'look there',
      pods: [
        {
          name: 'cart-1',
          node: 'node1',
          containers: [
            {
              name: 'api',
              state: 'waiting: CrashLoopBackOff; before that: terminated: Error, exit code 3',
              restarts: 1,
            },
          ],
          events: [{ reason: 'BackOff', count: 2 }],
          lastWords: 'no table\n',
        },
      ],
    },
    {
      class: undefined,
      pod: undefined,
      exitCode: undefined,
      hint: undefined,
      pods: [],
      nodes: [{ node: 'n', cpu: '', why: ['x'] }],
    },
  ]);
  expect(changes).toEqual(['deployment/cart: spec.replicas: 1 -> 2']);
});

test('of a task of a swarm its own exit code is read', () => {
  const task = { kind: 'task', name: 't1', exitCode: 137 };
  const cause = { class: 'crash', message: 'it ends', evidence: { pods: [task] } };

  expect(readDiagnoses([{ causes: [cause] }]).causes).toMatchObject([{ class: 'crash', exitCode: 137 }]);
});

test('what an older version has stored otherwise is left out', () => {
  expect(readDiagnoses([{ causes: 'none', changes: [7] }, {}])).toEqual({ causes: [], changes: [] });
});
