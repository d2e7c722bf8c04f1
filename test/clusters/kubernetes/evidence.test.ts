import { expect, test } from 'vitest';
import { diagnoseFailure } from '../../../src/clusters/kubernetes/diagnosis.ts';
import { createEvidenceReader, podSummary } from '../../../src/clusters/kubernetes/evidence.ts';
import { answerJson, startApiServer } from './api-server.ts';
import { container, pod } from './looks.ts';

const never = new AbortController().signal;

test('of a workload without pods the events are kept, but none of an earlier rollout', async () => {
  const event = (message: string, lastTimestamp: string) => ({
    reason: 'FailedCreate',
    message,
    lastTimestamp,
  });
  const items = [
    event('of the rollout before', '2026-01-01T09:59:59Z'),
    event('exceeded quota: few', '2026-01-01T10:00:00Z'),
  ];
  await using server = await startApiServer((_, answer) => answerJson(answer, 200, { items }));
  const trouble = {
    ...{ class: 'quota' as const, container: null, hint: null, toleranceMs: 0 },
    message: 'no new pod can be made',
  };
  const failed = (troubles: { trouble: typeof trouble; pods: [] }[]) => ({
    ...{ name: 'statefulset/cart', uid: 'u1', appliedAt: '2026-01-01T10:00:00Z' },
    ...{ newPods: 0, text: '0 of 1 pods updated', limit: null, troubles },
  });
  const reader = createEvidenceReader(server.api, 'shop');

  for (const troubles of [[], [{ trouble, pods: [] as [] }]]) {
    const { causes } = await diagnoseFailure(reader, [failed(troubles)], never);

    expect(causes).toMatchObject([{ evidence: { events: [{ message: 'exceeded quota: few' }] } }]);
  }
});

test('where several workloads are rolled out, the headline says which one failed', async () => {
  await using server = await startApiServer((_, answer) => answerJson(answer, 200, { items: [] }));
  const reader = createEvidenceReader(server.api, 'shop');
  const failed = {
    ...{ name: 'deployment/cart', uid: 'u1', appliedAt: '2026-01-01T10:00:00Z' },
    ...{ newPods: 0, text: '0 of 1 pods available', limit: null, troubles: [] },
  };

  const alone = await diagnoseFailure(reader, [failed], never);
  const oneOfTwo = await diagnoseFailure(reader, [{ ...failed, isOneOfSeveral: true }], never);

  expect(alone.headline).toBe('0 of 1 pods available');
  expect(oneOfTwo.headline).toBe('deployment/cart: 0 of 1 pods available');
});

test('the state of a container is kept without the account that a registry names', () => {
  const waiting = {
    reason: 'ErrImagePull',
    message: "toomanyrequests: You have reached your pull rate limit as 'ann': dckr_jti_Zm9v.",
  };

  const kept = podSummary(pod('a', container({ waiting }, { lastState: { terminated: { exitCode: 3 } } })));

  expect(kept).toMatchObject({
    containers: [
      {
        state: {
          waiting: { reason: 'ErrImagePull', message: expect.stringMatching(/as \[account\]: \[token\]\.$/) },
        },
        lastState: { terminated: { exitCode: 3 } },
      },
    ],
  });
});
