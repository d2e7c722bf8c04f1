import { expect, test } from 'vitest';
import type { StepDefinition } from '../../src/domain/pipeline.ts';
import { promotionTo } from '../../src/domain/promotion.ts';

const common = { timeoutMs: 1000, retry: { max: 0, on: [] } };
const deployTo = (id: string, environment: string, needs: string[]): StepDefinition => ({
  ...{ ...common, id, kind: 'deploy', needs, environment, manifests: ['deploy/*.yaml'] },
  ...{ workload: null, soakMs: 0 },
});
const build = (id: string): StepDefinition => ({
  ...{ ...common, id, kind: 'build', needs: [], context: '.', dockerfile: 'Dockerfile' },
  ...{ image: `shop/${id}`, args: {}, target: null },
});
const push = (id: string, image: string, needs: string[]): StepDefinition => ({
  ...common,
  ...{ id, kind: 'push', needs, image, tags: [], registry: null },
});
const check = (id: string, needs: string[]): StepDefinition => ({
  ...{ ...common, id, kind: 'run', needs, from: { image: 'node' }, commands: ['test'], env: {} },
  ...{ network: null, cpus: null, memoryBytes: null },
});

const steps = [
  build('cart'),
  build('docs'),
  check('unit', ['cart']),
  push('push', 'cart', ['unit']),
  push('push-docs', 'docs', ['docs']),
  deployTo('staging', 'staging', ['push']),
  check('smoke', ['staging']),
  deployTo('production', 'production', ['smoke']),
  deployTo('mirror', 'production', ['production']),
];

test('a promotion deploys what was pushed, and builds, tests and deploys nothing else', () => {
  const promotion = promotionTo('production', steps);

  expect(promotion?.steps.map(({ id, needs }) => ({ id, needs }))).toEqual([
    { id: 'push', needs: [] },
    { id: 'production', needs: ['push'] },
    { id: 'mirror', needs: ['production'] },
  ]);
  expect(promotion?.pushes).toEqual(['push']);
});

test('a pipeline that never deploys to an environment promotes nothing to it', () => {
  expect(promotionTo('test', steps)).toBeNull();
});

test('a stored set that a rollback has put back is not taken for a step of the file', () => {
  const [deploy] = [deployTo('rollback', 'production', [])];
  const restored = { ...deploy, restore: { deployId: 'd1', label: 'r1' } } as StepDefinition;

  expect(promotionTo('production', [restored])).toBeNull();
});
