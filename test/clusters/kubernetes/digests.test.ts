import { expect, test } from 'vitest';
import type { BuiltImage } from '../../../src/clusters/cluster.ts';
import { placeDigests } from '../../../src/clusters/kubernetes/digests.ts';
import type { KubeObject } from '../../../src/clusters/kubernetes/objects.ts';

const digest = `sha256:${'a'.repeat(64)}`;
const built: BuiltImage = {
  step: 'image',
  name: 'shop/cart',
  reference: `registry.example.com/shop/cart@${digest}`,
};

function deployment(images: Record<string, string>, init: Record<string, string> = {}): KubeObject {
  const containers = (of: Record<string, string>) =>
    Object.entries(of).map(([name, image]) => ({ name, image }));
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'cart' },
    spec: { template: { spec: { containers: containers(images), initContainers: containers(init) } } },
  };
}

test.for([
  'shop/cart',
  'shop/cart:latest',
  'registry.example.com/shop/cart',
  'registry.example.com/shop/cart:r12',
  `shop/cart@sha256:${'b'.repeat(64)}`,
])('%s is the built image and gets its digest', (image) => {
  const objects = placeDigests([deployment({ api: image })], { images: [built], requireDigests: false });

  expect(objects).toEqual([deployment({ api: built.reference })]);
});

test('init containers get it too, and other images stay as they are', () => {
  const given = deployment({ api: 'shop/cart', proxy: 'shop/cart-proxy:1' }, { migrate: 'shop/cart:1' });

  const objects = placeDigests([given], { images: [built], requireDigests: false });

  expect(objects).toEqual([
    deployment({ api: built.reference, proxy: 'shop/cart-proxy:1' }, { migrate: built.reference }),
  ]);
});

test('pod specs are found in a CronJob and in a custom resource', () => {
  const podSpec = { containers: [{ name: 'api', image: 'shop/cart' }] };
  const cronJob: KubeObject = {
    apiVersion: 'batch/v1',
    kind: 'CronJob',
    metadata: { name: 'report' },
    spec: { jobTemplate: { spec: { template: { spec: podSpec } } } },
  };

  const objects = placeDigests([cronJob], { images: [built], requireDigests: true });

  expect(JSON.stringify(objects)).toContain(built.reference);
});

test('a built image that no container names is refused, with the names that are there', () => {
  const objects = placeDigests([deployment({ api: 'other.example.com/shop/cart', web: 'shop/carts' })], {
    images: [built],
    requireDigests: false,
  });

  expect(objects).toEqual({
    refusal:
      'no container of the manifests uses the built image shop/cart: they name other.example.com/shop/cart, shop/carts',
  });
});

test('an image that another step takes may be left out, but not all that was built', () => {
  const base = {
    step: 'base',
    name: 'shop/base',
    reference: `registry/shop/base@${digest}`,
    isTakenElsewhere: true,
  };
  const place = (images: (typeof built)[]) =>
    placeDigests([deployment({ api: 'shop/cart' })], { images, requireDigests: false });

  expect(JSON.stringify(place([base, built]))).toContain(built.reference);
  expect(place([base])).toEqual({
    refusal: 'no container of the manifests uses the built image shop/base: they name shop/cart',
  });
});

test('an image pushed to two registries need only be used once', () => {
  const elsewhere = { ...built, reference: `mirror.example.com/shop/cart@${digest}` };

  const objects = placeDigests([deployment({ api: 'mirror.example.com/shop/cart' })], {
    images: [built, elsewhere],
    requireDigests: false,
  });

  expect(objects).toEqual([deployment({ api: elsewhere.reference })]);
});

test('a container without a digest is refused where digests are required', () => {
  const given = deployment({ api: 'shop/cart', proxy: 'envoy:1' });

  const objects = placeDigests([given], { images: [built], requireDigests: true });

  expect(objects).toEqual({
    refusal:
      'container proxy of deployment/cart uses envoy:1 without a digest, and this environment requires digests',
  });
});
