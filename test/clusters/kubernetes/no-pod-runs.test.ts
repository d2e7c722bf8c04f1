import { expect, test } from 'vitest';
import type { KubeObject } from '../../../src/clusters/kubernetes/objects.ts';
import { deployment, judgeAll, look, pod, start } from './looks.ts';

test('a scale-up in progress extends the time of a pod without a node', () => {
  const unschedulable = pod('a', {
    conditions: [{ type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message: '0/3 nodes' }],
  });
  const event: KubeObject = {
    apiVersion: 'v1',
    kind: 'Event',
    metadata: { name: 'e' },
    reason: 'TriggeredScaleUp',
  };

  expect(judgeAll(look(deployment(), [unschedulable]))).toMatchObject({ recheckAt: start + 120_000 });
  expect(judgeAll(look(deployment(), [unschedulable], { events: new Map([['a', [event]]]) }))).toMatchObject({
    recheckAt: start + 600_000,
  });
});

test.for([
  ['exceeded quota: few', 'quota', 'waiting'],
  ['admission webhook "x" denied the request: no', 'admission-denied', 'failed'],
  ['failed calling webhook "x": context deadline exceeded', 'admission-denied', 'waiting'],
  ['maximum memory usage per Container is 64Mi, but limit is 128Mi', 'admission-denied', 'failed'],
  ['violates PodSecurity "restricted:latest": runAsNonRoot', 'admission-denied', 'failed'],
  ['no PriorityClass with name gold was found', 'admission-denied', 'waiting'],
] as const)('without any pod, %j is %s', ([message, causeClass, state]) => {
  const conditions = [{ type: 'ReplicaFailure', status: 'True', message }];
  const blocked = deployment({ status: { updatedReplicas: 0, conditions } });

  expect(judgeAll(look(blocked))).toMatchObject({ state, troubles: [{ trouble: { class: causeClass } }] });
});

test.for([
  ['pods "cart-1" is forbidden: no PriorityClass with name gold was found', /does not exist: create it/],
  ['pods "cart-1" is forbidden: pod rejected: RuntimeClass "gvisor" not found', /does not exist: create it/],
  [
    'error looking up service account shop/cart: serviceaccount "cart" not found',
    /does not exist: create it/,
  ],
  ['minimum memory usage per Container is 64Mi, but request is 16Mi', /LimitRange/],
  ['failed quota: cores: must specify requests.cpu', /add requests and limits/],
] as const)('what helps against %j is said', ([message, hint]) => {
  const conditions = [{ type: 'ReplicaFailure', status: 'True', message }];
  const blocked = deployment({ status: { updatedReplicas: 0, conditions } });

  expect(judgeAll(look(blocked))).toMatchObject({
    troubles: [{ trouble: { hint: expect.stringMatching(hint) } }],
  });
});
