import { expect, test } from 'vitest';
import {
  type AppliedObject,
  type EarlierSet,
  leftoversOf,
  outdatedContentOf,
  pruneRefusal,
} from '../../src/domain/prune.ts';
import { pipelineOf, problemsOfSteps } from './read-pipeline.ts';

test('left over is what an earlier set has and the new one no longer has, whatever its version', () => {
  const earlier = [set('d2', ['cart', 'settings']), set('d1', ['cart', 'old', 'settings'])];
  const wanted = [{ apiVersion: 'v2', kind: 'ConfigMap', name: 'cart' }];

  expect(names(leftoversOf(earlier, wanted))).toEqual(['settings', 'old']);
  expect(leftoversOf(earlier, [])).toHaveLength(3);
  expect(leftoversOf([], wanted)).toEqual([]);
});

test('configuration that is named by its content is no leftover; it is outdated once no kept version has it', () => {
  const content = (name: string) => ({ ...configMap(name), contentOf: 'cart' });
  const earlier = [
    { ...set('d2', ['old']), objects: [configMap('old'), content('cart-2')] },
    { ...set('d1', []), objects: [content('cart-1'), content('cart-0')] },
  ];
  const named = (name: string) => ({ apiVersion: 'v1', kind: 'ConfigMap', name });

  expect(names(leftoversOf(earlier, []))).toEqual(['old']);
  expect(names(outdatedContentOf(earlier, [[named('cart-2')], [named('cart-0')]]))).toEqual(['cart-1']);
});

test('an object of another group or kind is not the wanted one', () => {
  const earlier = [set('d1', ['cart'])];
  const wanted = [
    { apiVersion: 'v1', kind: 'Service', name: 'cart' },
    { apiVersion: 'example.org/v1', kind: 'ConfigMap', name: 'cart' },
  ];

  expect(names(leftoversOf(earlier, wanted))).toEqual(['cart']);
});

test('an object that was made anew counts by each of its uids', () => {
  const earlier = [
    { ...set('d2', []), objects: [{ ...configMap('old'), uid: 'second' }] },
    set('d1', ['old']),
  ];

  expect(leftoversOf(earlier, []).map(({ uid }) => uid)).toEqual(['second', 'uid of old']);
});

test('up to half of the last healthy set is deleted; more needs to be asked for', () => {
  const earlier = [
    { ...set('d3', ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h']), isHealthy: false },
    set('d2', ['a', 'b', 'c', 'd']),
  ];
  const wanted = [configMap('a')];
  const refusalOf = (doomed: string[], mayShrink = false) =>
    pruneRefusal({ earlier, wanted, doomed, mayShrink });

  expect(refusalOf([])).toBeNull();
  expect(refusalOf(['configmap/b', 'configmap/c'])).toBeNull();
  expect(refusalOf(['configmap/b', 'configmap/c', 'configmap/d'])).toBe(
    'prune would delete 3 of what was deployed (the last set has 4 objects): configmap/b, configmap/c, configmap/d; where that is meant, write prune: { may-shrink: true }',
  );
  expect(refusalOf(['configmap/b', 'configmap/c', 'configmap/d'], true)).toBeNull();
});

test('an empty set never deletes, even when it may shrink', () => {
  const refusal = pruneRefusal({
    earlier: [set('d1', ['a'])],
    wanted: [],
    doomed: ['configmap/a'],
    mayShrink: true,
  });

  expect(refusal).toMatch(/^the new set is empty/);
});

test('a deploy step prunes only when it is told to, and only manifests', () => {
  expect(pruneIn('manifests: a.yaml')).toBeUndefined();
  expect(pruneIn('manifests: a.yaml, prune: false')).toBeUndefined();
  expect(pruneIn('manifests: a.yaml, prune: true')).toEqual({ mayShrink: false });
  expect(pruneIn('manifests: a.yaml, prune: { may-shrink: true }')).toEqual({ mayShrink: true });
  expect(
    problemsOfSteps(
      '{ id: deploy, deploy: { environment: staging, workload: deployment/cart, images: { api: x }, prune: true } }',
    ).join('\n'),
  ).toContain("'prune' needs 'manifests', 'kustomize' or 'helm'");
});

function pruneIn(keys: string) {
  const { steps } = pipelineOf(
    `name: cart\nsource: { repository: shop }\nsteps:\n  - { id: deploy, deploy: { environment: staging, ${keys} } }\n`,
  );
  const [step] = steps;
  return step?.kind === 'deploy' ? step.prune : null;
}

function set(deployId: string, objects: string[]): EarlierSet {
  return { deployId, isHealthy: true, objects: objects.map(configMap) };
}

function configMap(name: string): AppliedObject {
  return { apiVersion: 'v1', kind: 'ConfigMap', name, uid: `uid of ${name}` };
}

function names(objects: AppliedObject[]): string[] {
  return objects.map(({ name }) => name);
}
