import { expect, test } from 'vitest';
import { container, deployment, judgeAll, look, pod } from './looks.ts';

// A status says so for a moment only, and the kubelet's events come late.
test('a postStart hook that failed is remembered from the moment at which the status said so', () => {
  const waiting = {
    reason: "PostStartHookError: command '/bin/warm' exited with 1: ",
    message: `Exec lifecycle hook ([/bin/warm]) for Container "api" in Pod "a" failed - error: command '/bin/warm' exited with 1: `,
  };
  const crashed = container(
    { waiting: { reason: 'CrashLoopBackOff' } },
    { restartCount: 1, lastState: { terminated: { exitCode: 0 } } },
  );
  const failing = pod('a', container({ waiting }, { lastState: { terminated: { exitCode: 0 } } }));

  expect(judgeAll(look(deployment(), [failing]), look(deployment(), [pod('a', crashed)]))).toMatchObject({
    state: 'failed',
    troubles: [
      {
        trouble: {
          class: 'crash',
          message:
            "container `api` is killed because its postStart hook fails: command '/bin/warm' exited with 1:",
        },
      },
    ],
  });
});

test('a pod whose network the node cannot make waits, and the reason is told', () => {
  const message =
    'Failed to create pod sandbox: rpc error: failed to set up network: no IP addresses available';
  const event = {
    ...{ apiVersion: 'v1', kind: 'Event', metadata: { name: 'e' } },
    reason: 'FailedCreatePodSandBox',
    message,
  };
  const events = new Map([['a', [event]]]);
  const creating = pod('a', container({ waiting: { reason: 'ContainerCreating' } }));
  const running = pod('a', container({ running: { startedAt: '2026-01-01T10:00:00Z' } }));

  expect(judgeAll(look(deployment(), [creating], { events }))).toMatchObject({
    state: 'waiting',
    troubles: [
      {
        trouble: {
          class: 'incomplete',
          message:
            "the node cannot make the pod's sandbox: rpc error: failed to set up network: no IP addresses available",
        },
      },
    ],
  });
  expect(judgeAll(look(deployment(), [running], { events }))).toMatchObject({
    troubles: [{ trouble: { class: 'never-ready' } }],
  });
});

test('of a volume that cannot be mounted the cause is told, not that it is waited for', () => {
  const failed = (message: string) => ({
    ...{ apiVersion: 'v1', kind: 'Event', metadata: { name: 'e' } },
    reason: 'FailedMount',
    message,
  });
  const cause = [
    'MountVolume.SetUp failed for volume "h" : mount failed: exit status 32',
    'Mounting command: mount',
    'Output: Running scope as unit: run-1.scope',
    'mount: /var/lib/h: bad option; for several filesystems (e.g. nfs, cifs) you might need a /sbin/mount.<type> helper program.',
    '',
  ].join('\n');
  const wait =
    'Unable to attach or mount volumes: unmounted volumes=[h]: timed out waiting for the condition';
  const events = new Map([['a', [failed(cause), failed(wait)]]]);
  const creating = pod('a', container({ waiting: { reason: 'ContainerCreating' } }));

  expect(judgeAll(look(deployment(), [creating], { events }))).toMatchObject({
    troubles: [
      {
        trouble: {
          message: expect.stringMatching(
            /^a volume cannot be mounted: MountVolume.SetUp failed .* exit status 32 mount: .* helper program\.$/,
          ),
          hint: expect.stringMatching(/nfs-common/),
        },
      },
    ],
  });
});
