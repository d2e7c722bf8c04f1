import { expect, test } from 'vitest';
import { defaultBudgets } from '../../../src/clusters/kubernetes/budgets.ts';
import { judge } from '../../../src/clusters/kubernetes/judge.ts';
import type { KubeObject } from '../../../src/clusters/kubernetes/objects.ts';
import { withoutAccount } from '../../../src/clusters/kubernetes/pull-trouble.ts';
import { newMemory } from '../../../src/clusters/kubernetes/watch-memory.ts';
import { applied, container, deployment, judgeAll, look, pod, settings, start } from './looks.ts';

test('a registry that refuses a second pull has said no', () => {
  const refused = look(deployment(), [
    pod('a', container({ waiting: { reason: 'ErrImagePull', message: 'no basic auth credentials' } })),
  ]);
  const backingOff = look(deployment(), [pod('a', container({ waiting: { reason: 'ImagePullBackOff' } }))]);

  expect(judgeAll(refused, refused, backingOff)).toMatchObject({ state: 'waiting' });
  expect(judgeAll(refused, backingOff, refused)).toMatchObject({
    state: 'failed',
    troubles: [{ trouble: { class: 'image-denied' } }],
  });
});

test('a pull that the node has not explained yet gets a minute for that, however short a registry out of reach is borne', () => {
  const budgets = { ...defaultBudgets, pullUnreachableMs: 1_000 };
  const backingOff = look(deployment(), [pod('a', container({ waiting: { reason: 'ImagePullBackOff' } }))]);
  const event = (message: string): KubeObject => ({
    ...{ apiVersion: 'v1', kind: 'Event', metadata: { name: 'e' }, reason: 'Failed' },
    message: `Failed to pull image "${applied.images.api}": ${message}`,
  });
  const judged = (...messages: string[]) => {
    const events = new Map([['a', messages.map(event)]]);
    return judge(applied, { ...backingOff, events }, { ...settings, budgets, memory: newMemory() });
  };

  expect(judged()).toMatchObject({ state: 'waiting', recheckAt: start + 60_000 });
  expect(judged('i/o timeout')).toMatchObject({ state: 'waiting', recheckAt: start + 1_000 });
  expect(judged('no basic auth credentials')).toMatchObject({
    troubles: [{ trouble: { class: 'image-denied' } }],
  });
});

test.for([
  "toomanyrequests: You have reached your pull rate limit as 'ann': dckr_jti_Zm9v-YmFy==. You may",
  'toomanyrequests: You have reached your pull rate limit as ann: dckr_jti_Zm9v-YmFy==. You may',
])('neither account nor token of the one who pulls is told of %j', (text) => {
  const told = withoutAccount(text);

  expect(told).toBe('toomanyrequests: You have reached your pull rate limit as [account]: [token]. You may');
});

test.for([
  ['manifest for x not found: manifest unknown', 'image-missing', 0],
  ['pull access denied, repository does not exist or may require authorization', 'image-denied', 60_000],
  ['dial tcp 10.0.0.1:443: i/o timeout', 'image-unreachable', 120_000],
  ['toomanyrequests: You have reached your pull rate limit', 'image-unreachable', 120_000],
  ['x509: certificate signed by unknown authority', 'image-unreachable', 120_000],
  ['http: server gave HTTP response to HTTPS client', 'image-unreachable', 120_000],
  ['no matching manifest for linux/amd64 in the manifest list entries', 'image-invalid', 0],
] as const)('the pull error %j means %s', ([message, causeClass, toleranceMs]) => {
  const failing = look(deployment(), [pod('a', container({ waiting: { reason: 'ErrImagePull', message } }))]);
  const backingOff = look(deployment(), [pod('a', container({ waiting: { reason: 'ImagePullBackOff' } }))]);

  const judgement = judgeAll(failing, backingOff);

  expect(judgement).toMatchObject({ troubles: [{ trouble: { class: causeClass, toleranceMs } }] });
});
