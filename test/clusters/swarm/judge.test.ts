import { describe, expect, test } from 'vitest';
import { defaultBudgets } from '../../../src/clusters/swarm/budgets.ts';
import { judge, type Look, type Memory } from '../../../src/clusters/swarm/judge.ts';
import { toService } from '../../../src/clusters/swarm/service.ts';
import { type Task, toTasks } from '../../../src/clusters/swarm/task.ts';

const label = { 'trunkline.deploy-id': 'new' };

function service(changes: { image?: string; order?: string; updateState?: string } = {}) {
  return toService({
    ID: 'id',
    Version: { Index: 7 },
    Spec: {
      Name: 'shop_api',
      Labels: { 'com.docker.stack.namespace': 'shop' },
      TaskTemplate: { ContainerSpec: { Image: changes.image ?? 'api@1', Labels: label } },
      Mode: { Replicated: { Replicas: 1 } },
      UpdateConfig: { Order: changes.order ?? 'stop-first' },
    },
    UpdateStatus: { State: changes.updateState ?? 'completed' },
  });
}

function tasks(...states: { state: string; error?: string; isOld?: boolean; exitCode?: number }[]): Task[] {
  return toTasks(
    states.map(({ state, error = '', isOld = false, exitCode = 1 }, index) => ({
      ID: `task${index}`,
      Slot: 1,
      NodeID: 'node',
      CreatedAt: new Date(index * 1000).toISOString(),
      DesiredState: ['failed', 'rejected', 'complete'].includes(state) || isOld ? 'shutdown' : 'running',
      Status: {
        State: state,
        Err: error,
        ContainerStatus: { ContainerID: `container${index}`, ExitCode: exitCode },
      },
      Spec: { ContainerSpec: { Image: 'api@1', Labels: isOld ? {} : label } },
    })),
  );
}

const applied = {
  name: 'service/shop_api',
  uid: 'id',
  generation: 7,
  podSelector: '',
  deployId: 'new',
  images: { api: 'api@1' },
};
const rollout = { appliedAt: new Date(0).toISOString(), workloads: [applied], objects: [], replaces: null };

function judged(look: Partial<Look>, memory: Memory = { healthy: undefined, firstSeen: new Map() }) {
  const seen = { service: service(), tasks: [], facts: new Map(), images: new Map(), now: 0, ...look };
  return judge({ applied, rollout, budgets: defaultBudgets, memory }, seen);
}

const exit = 'task: non-zero exit (1)';

describe('a service', () => {
  test('is healthy when its new tasks run and the old ones are gone', () => {
    expect(judged({ tasks: tasks({ state: 'running' }) })).toMatchObject({
      state: 'healthy',
      isSettled: true,
    });
    expect(judged({ tasks: tasks({ state: 'running' }, { state: 'running', isOld: true }) })).toMatchObject({
      state: 'waiting',
      text: '1 of 1 tasks of the new version running, 1 of the old version not gone yet',
    });
  });

  test('that is gone or was changed is no longer ours', () => {
    expect(judged({ service: null })).toMatchObject({ state: 'lost' });
    expect(judged({ service: service({ image: 'api@2' }) })).toMatchObject({ state: 'superseded' });
  });

  test('whose container ends once may recover, and fails at the second end', () => {
    const once = tasks({ state: 'failed', error: exit }, { state: 'starting' });
    const twice = tasks(
      { state: 'failed', error: exit },
      { state: 'failed', error: exit },
      { state: 'ready' },
    );

    expect(judged({ tasks: once })).toMatchObject({ state: 'waiting' });
    expect(judged({ tasks: twice })).toMatchObject({
      state: 'failed',
      troubles: [{ trouble: { class: 'crash', message: 'container `api` exits 1' } }],
    });
  });

  test.for([
    { seconds: 60, state: 'failed', what: 'after it had run' },
    { seconds: 0, state: 'waiting', what: 'though it had ended at once, which a busy node told late' },
  ])('a task that ends $what', ({ seconds, state }) => {
    const memory: Memory = { healthy: { since: 0, tasks: new Set(['task0']) }, firstSeen: new Map() };
    const facts = {
      lifetimeSeconds: seconds,
      isOutOfMemory: false,
      isUnhealthy: false,
      lastHealthOutput: '',
    };
    const look = {
      tasks: tasks({ state: 'failed', error: exit }),
      facts: new Map([['task0', facts]]),
      now: 60_000,
    };

    expect(judged(look, memory)).toMatchObject({ state });
  });

  test('waits for a port that an ending task still holds, unless the new one is to start first', () => {
    const held = { state: 'pending', error: 'no suitable node (host-mode port already in use on 1 node)' };
    const look = { tasks: tasks({ state: 'running', isOld: true }, held) };

    expect(judged(look)).toMatchObject({ state: 'waiting', troubles: [] });
    expect(judged({ ...look, service: service({ order: 'start-first' }) })).toMatchObject({
      state: 'waiting',
      troubles: [{ trouble: { class: 'port-in-use' } }],
    });
  });

  test.for([
    { state: 'missing', text: '', class: 'image-missing' },
    { state: 'denied', text: 'unauthorized', class: 'image-denied' },
    { state: 'unreachable', text: 'connection refused', class: 'image-unreachable' },
  ] as const)('whose image is $state is told apart', ({ state, text, class: causeClass }) => {
    const look = {
      tasks: tasks({ state: 'rejected', error: 'No such image: api@1' }),
      images: new Map([['api@1', { state, text }]]),
    };

    expect(judged(look)).toMatchObject({ troubles: [{ trouble: { class: causeClass } }] });
  });
});
