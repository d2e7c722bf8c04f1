import { expect, test } from 'vitest';
import { deployment, judgeAll, look, pod } from './looks.ts';

test('what another container of the same pod has besides is told too, once the rollout has failed; it decides nothing', () => {
  const api = {
    name: 'api',
    restartCount: 1,
    ready: false,
    state: { waiting: { reason: 'CrashLoopBackOff' } },
  };
  const lastState = { terminated: { exitCode: 3, startedAt: null, finishedAt: null } };
  const side = (reason: string) => ({
    ...{ name: 'side', restartCount: 0, ready: false },
    state: { waiting: { reason, message: 'secret "keys" not found' } },
  });
  const both = (reason: string) => {
    const found = pod('a', { containerStatuses: [{ ...api, lastState }, side(reason)] });
    const containers = [{ name: 'api' }, { name: 'side', image: 'none:1' }];
    return { ...found, spec: { containers } };
  };

  expect(judgeAll(look(deployment(), [both('CreateContainerConfigError')]))).toMatchObject({
    state: 'failed',
    troubles: [
      { trouble: { class: 'crash', container: 'api' } },
      { trouble: { class: 'configuration-missing', container: 'side' } },
    ],
  });
  expect(judgeAll(look(deployment(), [both('ContainerCreating')]))).toMatchObject({
    state: 'failed',
    troubles: [{ trouble: { class: 'crash', container: 'api' } }],
  });
});

test.for([
  ['1 Insufficient memory.', 'Lower the requests, or add a node that fits.'],
  [
    "1 node(s) didn't match pod affinity/anti-affinity, 1 node(s) didn't match pod anti-affinity rules.",
    'Loosen the anti-affinity, or add a node that fits.',
  ],
  [
    "1 node(s) didn't match node selector.",
    'Correct nodeSelector or affinity, or label a node, or add a node that fits.',
  ],
  [
    "1 node(s) had taint {a: b}, that the pod didn't tolerate, 1 Insufficient cpu.",
    'Lower the requests, or give the pod a toleration, or add a node that fits.',
  ],
])('of a pod that no node takes (%s) what helps against that is told', ([against, hint]) => {
  const message = `0/1 nodes are available: ${against}`;
  const conditions = [{ type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message }];

  expect(judgeAll(look(deployment(), [pod('a', { conditions })]))).toMatchObject({
    state: 'waiting',
    troubles: [{ trouble: { class: 'unschedulable', hint } }],
  });
});
