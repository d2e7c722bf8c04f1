import { expect, test } from 'vitest';
import { readDemoPlan } from '../../src/demo/demo-plan.ts';
import { openEngine } from '../../src/demo/engine/choose-engine.ts';
import type { Engine } from '../../src/demo/engine/engine.ts';
import { findMachineEngine, unfitForSwarm } from '../../src/demo/engine/machine-engine.ts';
import { dockerEngine } from '../support/docker.ts';

test('the engine that DOCKER_HOST names is found', async () => {
  const { host } = await dockerEngine();

  const found = await findMachineEngine(host);

  expect(found).toMatchObject({ isOwn: false, address: '127.0.0.1', connection: { host } });
  expect(found?.version).toMatch(/^\d+\./);
});

test('an engine of a swarm with other machines, or on another machine, is left alone', async () => {
  const { host } = await dockerEngine();
  const found = await findMachineEngine(host);
  if (found === undefined) throw new Error('there is no engine');
  const judge = (swarm: Engine['swarm']) => unfitForSwarm({ ...found, swarm });

  expect(judge({ state: 'none', nodes: 0 })).toBeUndefined();
  expect(judge({ state: 'manager', nodes: 1 })).toBeUndefined();
  expect(judge({ state: 'manager', nodes: 3 })).toContain('other machines');
  expect(judge({ state: 'worker', nodes: 0 })).toContain('worker');
  const away = { ...found.connection, host: 'tcp://docker.example.com:2375' };
  expect(unfitForSwarm({ ...found, connection: away })).toContain('another machine');
});

test('without an engine and without root, or with a cluster elsewhere, it says what to start', async () => {
  const search = { engine: undefined, unfit: undefined };
  const choice = (flags: object, isRoot: boolean) => ({
    ...{ id: '0', search, isInstalled: false, plan: { ...readDemoPlan(flags, {}, '/srv'), isRoot } },
    ...unused,
  });
  const { signal } = new AbortController();

  await expect(openEngine(choice({}, false), signal)).rejects.toMatchObject({
    exitCode: 2,
    message: expect.stringContaining('only root can start one'),
  });
  await expect(
    openEngine(choice({ context: 'staging', registry: 'registry.lan:5000' }, true), signal),
  ).rejects.toMatchObject({ exitCode: 2, hint: expect.stringContaining('DOCKER_HOST') });
});

test('flags that do not fit together are wrong use', () => {
  for (const flags of [
    { context: 'staging' },
    { registry: 'registry.lan:5000' },
    { context: 'staging', registry: 'http://registry.lan' },
    { context: 'staging', registry: 'registry.lan', ownEngine: true },
    { kubernetes: true },
    { port: 'eighty' },
    { port: '0' },
  ])
    expect(() => readDemoPlan(flags, {}, '/srv'), JSON.stringify(flags)).toThrow(
      expect.objectContaining({ exitCode: 2 }),
    );
  expect(readDemoPlan({ dir: 'here', port: '8080' }, { CI: 'true' }, '/srv')).toMatchObject({
    dir: '/srv/here',
    port: 8080,
    mayInstall: true,
    kubernetes: null,
  });
  expect(readDemoPlan({}, {}, '/srv')).toMatchObject({ dir: '/srv/trunkline-demo', mayInstall: false });
});

/** What is refused before it is needed. */
const unused = {
  folder: { path: '', at: () => '', inside: () => '' },
  daemons: {
    start: () => Promise.reject(new Error('nothing is to be started')),
    endLeftovers: async () => [],
  },
  tools: () => Promise.reject(new Error('nothing is to be run')),
};
