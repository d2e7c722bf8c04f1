import { expect, test } from 'vitest';
import { droppedStructures } from '../../../src/clusters/kubernetes/dropped-fields.ts';
import type { KubeObject } from '../../../src/clusters/kubernetes/objects.ts';
import type { JsonObject } from '../../../src/domain/json.ts';

function workload(container: JsonObject, fieldsV1: JsonObject = {}): KubeObject {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'cart', managedFields: [{ manager: 'trunkline', operation: 'Apply', fieldsV1 }] },
    spec: { containers: [{ name: 'api', ...container }] },
  };
}

const owned = {
  'f:spec': {
    'f:containers': {
      'k:{"name":"api"}': { '.': {}, 'f:image': {}, 'f:readinessProbe': { 'f:exec': { 'f:command': {} } } },
    },
  },
};

test('a probe that the manifest no longer has is found, when something of it would stay', () => {
  const live = workload({ image: 'a' }, owned);
  const object = workload({});
  const result = workload({ image: 'default', readinessProbe: { periodSeconds: 10 } });

  const dropped = droppedStructures({ live, object, result }, 'trunkline');

  expect(dropped).toEqual([['spec', 'containers', { key: { name: 'api' } }, 'readinessProbe']]);
});

test('what goes completely, and what others own, is not', () => {
  const live = workload({ image: 'a' }, owned);

  const gone = { live, object: workload({}), result: workload({}) };
  const kept = { live, object: workload({}), result: workload({ readinessProbe: {} }) };

  expect(droppedStructures(gone, 'trunkline')).toEqual([]);
  expect(droppedStructures(kept, 'somebody-else')).toEqual([]);
});
