import { expect, test } from 'vitest';
import { defaultBudgets } from '../../../../src/clusters/kubernetes/budgets.ts';
import { markedLine } from '../../../../src/clusters/kubernetes/container-log.ts';
import { judgeJob, newJobMemory } from '../../../../src/clusters/kubernetes/jobs/job-rule.ts';
import type { KubeObject } from '../../../../src/clusters/kubernetes/objects.ts';
import type { JsonObject } from '../../../../src/domain/json.ts';
import { pod, ready } from '../looks.ts';

const crashed = {
  phase: 'Failed',
  containerStatuses: [
    {
      name: 'api',
      restartCount: 0,
      state: {
        terminated: {
          ...{ exitCode: 3, reason: 'Error' },
          ...{ startedAt: '2026-11-28T00:00:00Z', finishedAt: '2026-11-28T00:00:09Z' },
        },
      },
    },
  ],
};

test('a job has succeeded when it says that it is complete, and waits before that', () => {
  const { judge } = watched();

  expect(judge({}, [pod('migrate-1', ready)])).toMatchObject({
    state: 'waiting',
    text: 'pod migrate-1: running',
  });
  expect(judge(condition('Complete'), [])).toEqual({ state: 'ended', verdict: { outcome: 'succeeded' } });
});

test('a failed job tells how its container ended, also when the pod is gone by then', () => {
  const { judge } = watched();

  const running = judge({}, [pod('migrate-1', crashed)]);
  const ended = judge(condition('Failed', 'BackoffLimitExceeded'), []);

  expect(running.state).toBe('waiting');
  expect(ended).toEqual({
    state: 'ended',
    verdict: { outcome: 'failed', cause: 'container `api` exits 3 after 9 s', hint: null },
  });
});

test('a job that has run for too long has timed out', () => {
  const { judge } = watched();

  expect(judge(condition('Failed', 'DeadlineExceeded'), [])).toMatchObject({
    verdict: { outcome: 'timed-out', cause: 'not done within 30 s (activeDeadlineSeconds)' },
  });
});

test('an image that cannot be had ends it early; a container that fails is for the job to count', () => {
  const { judge } = watched();
  const message = 'manifest unknown';
  const missing = {
    phase: 'Pending',
    containerStatuses: [
      { name: 'api', restartCount: 0, state: { waiting: { reason: 'ErrImagePull', message } } },
    ],
  };
  const restarted = {
    phase: 'Running',
    containerStatuses: [
      { name: 'api', restartCount: 5, state: { waiting: { reason: 'CrashLoopBackOff' } }, lastState: {} },
    ],
  };

  expect(judge({}, [pod('migrate-1', restarted)]).state).toBe('waiting');
  expect(judge({}, [pod('migrate-2', missing)])).toMatchObject({
    verdict: {
      outcome: 'failed',
      cause: expect.stringMatching(/^container `api`: the image .* does not exist$/),
    },
  });
});

test('a job that somebody has deleted, or made anew, is gone', () => {
  const { judgeObject } = watched();
  const cause = 'the Job is gone: somebody has deleted it';

  expect(judgeObject(null)).toMatchObject({ verdict: { outcome: 'failed', cause } });
  expect(judgeObject(job({}, 'another'))).toMatchObject({ verdict: { outcome: 'failed', cause } });
});

test('times of log lines compare as texts, however many zeros their engine leaves out', () => {
  const [first, second, third] = ['05Z a', '05.1Z b', '05.12Z c'].map((line) =>
    markedLine(`2026-11-28T00:00:${line}`),
  );

  expect([first?.text, second?.text, third?.text]).toEqual(['a', 'b', 'c']);
  expect([third?.mark, first?.mark, second?.mark].toSorted()).toEqual([
    first?.mark,
    second?.mark,
    third?.mark,
  ]);
});

function watched() {
  const memory = newJobMemory();
  const judgeObject = (object: KubeObject | null, pods: KubeObject[] = []) =>
    judgeJob(
      { job: object, uid: 'j1', pods, events: new Map(), now: 0 },
      { memory, budgets: defaultBudgets },
    );
  return {
    judgeObject,
    judge: (status: JsonObject, pods: KubeObject[]) => judgeObject(job(status), pods),
  };
}

function job(status: JsonObject, uid = 'j1'): KubeObject {
  const spec = { activeDeadlineSeconds: 30 };
  return { apiVersion: 'batch/v1', kind: 'Job', metadata: { name: 'migrate-x', uid }, spec, status };
}

function condition(type: string, reason = ''): JsonObject {
  return { conditions: [{ type, status: 'True', reason, message: 'too many failed' }] };
}
