import { expect, test } from 'vitest';
import { keptBecause } from '../../../src/clusters/kubernetes/leftovers.ts';
import { deployIdAnnotation } from '../../../src/clusters/kubernetes/stamp.ts';

test('an object that one of the deployments has applied and nobody else since may be deleted', () => {
  expect(why({})).toBeNull();
  expect(why({ deployId: 'd1' })).toBeNull();
});

test('an object is left when another one stands under its name', () => {
  expect(why({ uid: 'other' })).toContain('another uid');
});

test('an object is left when another deployment, or nobody that we know, has written it', () => {
  expect(why({ deployId: 'theirs' })).toBe('another deployment has written it since');
  expect(why({ deployId: null })).toBe('another deployment has written it since');
});

test('what holds data or cannot be brought back is left, with the way to delete it', () => {
  for (const kind of ['PersistentVolumeClaim', 'Secret', 'Namespace', 'CustomResourceDefinition']) {
    expect(why({ kind })).toContain(`"kubectl delete ${kind.toLowerCase()}/old" deletes it`);
  }
});

function why(live: { uid?: string; deployId?: string | null; kind?: string }): string | null {
  const { uid = 'u1', deployId = 'd2', kind = 'ConfigMap' } = live;
  const annotations = deployId === null ? {} : { [deployIdAnnotation]: deployId };
  return keptBecause(
    { apiVersion: 'v1', kind, metadata: { name: 'old', uid, annotations } },
    { apiVersion: 'v1', kind, name: 'old', uid: 'u1' },
    ['d2', 'd1'],
  );
}
