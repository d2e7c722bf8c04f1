import { describe, expect, test } from 'vitest';
import type { JsonObject } from '../../../src/domain/json.ts';
import { manifest, programs, pushImage, reference } from '../../steps/deployables.ts';
import { startRegistry } from '../../support/registry.ts';
import { makeQuota } from './make-quota.ts';
import { lasts, nodeImage, type RolloutsUnderTest, startRollouts } from './rollouts-under-test.ts';

const serve = { image: nodeImage, command: ['/bin/sh', '-c', programs.serve] };
const probe = { exec: { command: ['test', '-e', '/tmp/up'] }, periodSeconds: 1, failureThreshold: 3 };

const slowly = (seconds: number) => ({
  ...serve,
  command: ['/bin/sh', '-c', `sleep ${seconds}; touch /tmp/up; ${programs.serve}`],
});

interface Transient {
  what: string;
  container?: JsonObject;
  pod?: JsonObject;
  /** Before the manifest is applied. */
  prepare?(rollouts: RolloutsUnderTest): Promise<unknown>;
  /** Once it is: what makes the trouble pass. */
  pass?(rollouts: RolloutsUnderTest): Promise<unknown>;
  tidy?(rollouts: RolloutsUnderTest): Promise<unknown>;
}

/** Lets a container fail in its first life only. */
const firstLife = { volumes: [{ name: 'marks', emptyDir: {} }] };
const marked = { volumeMounts: [{ name: 'marks', mountPath: '/marks' }] };
const failsOnce = 'test -e /marks/1 || { touch /marks/1; echo not yet; exit 1; }';

const transients: Transient[] = [
  {
    what: 'a ConfigMap for the environment that arrives 25 s late',
    container: { ...serve, envFrom: [{ configMapRef: { name: 'late' } }] },
    async pass({ podShows, kubectl }) {
      await podShows(/CreateContainerConfigError/);
      await lasts(25);
      await kubectl('create', 'configmap', 'late', '--from-literal=a=b');
    },
  },
  {
    what: 'a key of a ConfigMap that arrives 25 s late',
    container: {
      ...serve,
      env: [{ name: 'A', valueFrom: { configMapKeyRef: { name: 'part', key: 'a' } } }],
    },
    prepare: ({ kubectl }) => kubectl('create', 'configmap', 'part', '--from-literal=x=y'),
    async pass({ podShows, kubectl }) {
      await podShows(/CreateContainerConfigError/);
      await lasts(25);
      await kubectl('patch', 'configmap', 'part', '--patch', '{"data":{"a":"b"}}');
    },
  },
  {
    what: 'a Secret for a volume that arrives late, with a start that takes its time after that',
    container: { ...slowly(25), readinessProbe: probe, volumeMounts: [{ name: 'late', mountPath: '/late' }] },
    pod: { volumes: [{ name: 'late', secret: { secretName: 'late' } }] },
    async pass({ kubectl }) {
      await lasts(10);
      await kubectl('create', 'secret', 'generic', 'late', '--from-literal=a=b');
    },
  },
  {
    what: 'a quota that is freed after 20 s',
    container: serve,
    prepare: (rollouts) => makeQuota(rollouts, 'few', 'pods=0'),
    async pass({ kubectl }) {
      await lasts(20);
      await kubectl('patch', 'quota', 'few', '--patch', '{"spec":{"hard":{"pods":"9"}}}');
    },
  },
  {
    what: 'no node that fits for 30 s',
    container: serve,
    pod: { nodeSelector: { 'trunkline.test/NAMESPACE': 'here' } },
    async pass({ podShows, kubectl, namespace }) {
      await podShows(/Unschedulable/);
      await lasts(30);
      // A label, which disturbs nobody else on that node.
      await kubectl('label', 'nodes', '--all', `trunkline.test/${namespace}=here`);
    },
    tidy: ({ kubectl, namespace }) => kubectl('label', 'nodes', '--all', `trunkline.test/${namespace}-`),
  },
  {
    what: 'a start that takes 40 s, under a probe of every second',
    container: { ...slowly(40), readinessProbe: probe },
  },
  {
    what: 'a start of 30 s within the window of its startup probe',
    container: { ...slowly(30), startupProbe: { ...probe, failureThreshold: 60 } },
  },
  {
    what: 'one restart of the container',
    container: { ...serve, ...marked, command: ['/bin/sh', '-c', `${failsOnce}; ${programs.serve}`] },
    pod: firstLife,
  },
  {
    what: 'one restart of an init container',
    container: serve,
    pod: {
      ...firstLife,
      initContainers: [{ name: 'init', image: nodeImage, ...marked, command: ['/bin/sh', '-c', failsOnce] }],
    },
  },
  {
    what: 'a replaced pod: one is deleted while it starts',
    container: { ...slowly(5), readinessProbe: probe },
    async pass({ podShows, kubectl }) {
      await podShows(/startedAt/);
      await kubectl('delete', 'pods', '--all', '--wait=false');
    },
  },
];

describe('with the default budgets, a rollout succeeds in spite of', { retry: 0 }, () => {
  test.concurrent.for(transients)('$what', { timeout: 150_000 }, async ({ container, pod, ...trouble }) => {
    await using rollouts = await startRollouts();
    await trouble.prepare?.(rollouts);
    const text = manifest({ container: container ?? serve, ...(pod && { pod }) });

    const applied = await rollouts.apply(text.replace('NAMESPACE', rollouts.namespace));
    const [verdict] = await Promise.all([rollouts.watch(applied), trouble.pass?.(rollouts)]);

    await trouble.tidy?.(rollouts);
    expect(verdict).toMatchObject({ outcome: 'succeeded' });
  });

  test.concurrent('a first pull that is refused, because the pull secret comes late', {
    timeout: 150_000,
  }, async () => {
    const account = { username: 'node', password: 'let me in' };
    await using closed = await startRegistry(account);
    await using rollouts = await startRollouts();
    const pushed = await pushImage(closed, { script: programs.serve, name: 'shop/cart', account });
    const image = reference(pushed);
    const text = manifest({ container: { image }, pod: { imagePullSecrets: [{ name: 'late' }] } });

    const applied = await rollouts.apply(text);
    const verdict = rollouts.watch(applied);
    await rollouts.podShows(/ImagePull/);
    const login = [`--docker-username=${account.username}`, `--docker-password=${account.password}`];
    await rollouts.kubectl(
      'create',
      'secret',
      'docker-registry',
      'late',
      `--docker-server=${closed.host}`,
      ...login,
    );

    expect(await verdict).toMatchObject({ outcome: 'succeeded' });
  });
});
