import { expect, test } from 'vitest';
import { defaultBudgets } from '../../../src/clusters/kubernetes/budgets.ts';
import { judgeJob, newJobMemory } from '../../../src/clusters/kubernetes/jobs/job-rule.ts';
import { deployment, judgeAll, look, pod, ready, start } from './looks.ts';

// The cluster deletes such a pod after a minute, and its workload makes the next one.

const ghost = (name: string) => pod(name, { phase: 'Pending', conditions: [] }, { node: 'ghost' });
const at = (seconds: number, ...pods: ReturnType<typeof pod>[]) =>
  look(deployment(), pods, { now: start + seconds * 1000 });

test('pods that name a node which takes none up share one budget, however often they are made anew', () => {
  const early = judgeAll(at(0, ghost('a')), at(60), at(61, ghost('b')), at(119, ghost('b')));
  const late = judgeAll(at(0, ghost('a')), at(60), at(61, ghost('b')), at(120, ghost('b')));

  expect(early).toMatchObject({ state: 'waiting', recheckAt: start + defaultBudgets.unschedulableMs });
  expect(late).toMatchObject({
    state: 'failed',
    troubles: [
      { trouble: { class: 'unschedulable', message: expect.stringContaining('nodeName is ghost') } },
    ],
  });
});

test('one that its node has taken up has the whole budget again when it is lost later, and never fails by it', () => {
  const taken = pod('a', { phase: 'Pending' }, { node: 'n1' });

  expect(judgeAll(at(0, ghost('a')), at(1, taken), at(500, taken))).toMatchObject({
    state: 'waiting',
    troubles: [],
  });
  expect(judgeAll(at(0, ghost('a')), at(60, pod('a', ready)), at(119, ghost('b')))).toMatchObject({
    state: 'waiting',
    recheckAt: start + 119_000 + defaultBudgets.unschedulableMs,
  });
});

test('the pods of a job share it too', () => {
  const job = { apiVersion: 'batch/v1', kind: 'Job', metadata: { name: 'migrate', uid: 'j1' } };
  const memory = newJobMemory();
  const judged = [[ghost('a')], [], [ghost('b')]].map((pods, index) =>
    judgeJob(
      { job, uid: 'j1', pods, events: new Map(), now: start + index * 60_000 },
      { memory, budgets: defaultBudgets },
    ),
  );

  expect(judged).toMatchObject([
    { state: 'waiting' },
    { state: 'waiting' },
    { state: 'ended', verdict: { outcome: 'failed', cause: expect.stringContaining('nodeName is ghost') } },
  ]);
});
