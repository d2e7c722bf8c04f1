import { expect, test } from 'vitest';
import { setDifferences } from '../../src/clusters/set-difference.ts';
import type { JsonObject } from '../../src/domain/json.ts';

const digest = (letter: string) => `registry.example.com/shop/cart@sha256:${letter.repeat(64)}`;

interface Cart {
  image: string;
  replicas: number;
  level: string;
  config: string;
}

function cart({ image, replicas, level, config }: Cart): JsonObject[] {
  const deploy = { 'trunkline/deploy-id': image.at(-1) ?? '' };
  const env = [{ name: 'LEVEL', value: level }];
  const container = { name: 'cart', image, env, envFrom: [{ configMapRef: { name: config } }] };
  return [
    {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: config, annotations: { ...deploy, 'trunkline/content-of': 'settings' } },
      data: { currency: config.at(-1) ?? '' },
    },
    {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'cart', annotations: { ...deploy, 'kubernetes.io/change-cause': image } },
      spec: {
        replicas,
        selector: { matchLabels: { app: 'cart' } },
        template: { metadata: { annotations: deploy }, spec: { containers: [container] } },
      },
    },
  ];
}

const staging = { image: digest('a'), replicas: 1, level: 'debug', config: 'settings-1' };
const production = { image: digest('b'), replicas: 3, level: 'warn', config: 'settings-2' };

test('two environments differ field by field, told apart by what a promotion brings and what is their own', () => {
  const differences = setDifferences(cart(staging), cart(production));

  const container = 'spec.template.spec.containers[cart]';
  expect(differences).toEqual([
    {
      object: 'configmap/settings',
      only: null,
      fields: [{ path: 'data.currency', about: 'configuration', from: '1', to: '2' }],
    },
    {
      object: 'deployment/cart',
      only: null,
      fields: [
        { path: 'spec.replicas', about: 'replicas', from: '1', to: '3' },
        { path: `${container}.image`, about: 'image', from: digest('a'), to: digest('b') },
        { path: `${container}.env[LEVEL].value`, about: 'environment', from: 'debug', to: 'warn' },
      ],
    },
  ]);
});

test('who wrote a set, and under which name its content is kept, is no difference', () => {
  const again = { ...staging, config: 'settings-01' };

  expect(setDifferences(cart(staging), cart(again))).toEqual([]);
});

test('an object that one environment alone has is told as such, and of a Secret no more than that it is there', () => {
  const secret = { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'key' } };

  expect(setDifferences([...cart(staging), secret], cart(staging))).toEqual([
    { object: 'secret/key', only: 'from', fields: [] },
  ]);
  expect(setDifferences([], [secret])).toEqual([{ object: 'secret/key', only: 'to', fields: [] }]);
});

test('of a workload of which one environment only changes images, images are compared', () => {
  const [, whole] = cart(staging);
  const spec = { template: { spec: { containers: [{ name: 'cart', image: digest('b') }] } } };
  const change = { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'cart' }, spec };

  const [difference] = setDifferences(whole === undefined ? [] : [whole], [change]);

  expect(difference?.fields).toEqual([
    { path: 'cart.image', about: 'image', from: digest('a'), to: digest('b') },
  ]);
});

test('services of two swarms are the same by their name in the Compose file', () => {
  const service = (stack: string, { image, level }: { image: string; level: string }): JsonObject => ({
    ...{ kind: 'Service', metadata: { name: `${stack}_web` }, image, deployId: stack },
    spec: {
      Name: `${stack}_web`,
      Labels: { 'com.docker.stack.namespace': stack, 'trunkline.deploy-id': stack },
      Mode: { Replicated: { Replicas: 2 } },
      TaskTemplate: { ContainerSpec: { Image: image, Env: ['HOME=/', `LEVEL=${level}`] } },
    },
  });

  const differences = setDifferences(
    [service('test', { image: digest('a'), level: 'a=b' })],
    [service('shop', { image: digest('b'), level: 'c' })],
  );

  const container = 'spec.TaskTemplate.ContainerSpec';
  expect(differences).toEqual([
    {
      object: 'service/web',
      only: null,
      fields: [
        { path: `${container}.Image`, about: 'image', from: digest('a'), to: digest('b') },
        { path: `${container}.Env.LEVEL`, about: 'environment', from: 'a=b', to: 'c' },
      ],
    },
  ]);
});
