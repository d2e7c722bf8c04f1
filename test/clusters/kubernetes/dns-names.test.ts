import { expect, test } from 'vitest';
import { namesOfServices, type Resolve } from '../../../src/clusters/kubernetes/dns-names.ts';
import type { KubeObject } from '../../../src/clusters/kubernetes/objects.ts';

const inCluster = { 'kubernetes.default.svc': ['10.0.0.1'] };

test('a Service is told with its name and ports where this worker cannot ask the resolver of the cluster', async () => {
  expect(await names(service(), {})).toEqual(['service/cart is reached as cart.shop.svc, port 80 and 443']);
});

test('its name is checked where it can: it leads to the Service, elsewhere, or is not known yet', async () => {
  const told = async (addresses: string[], clusterIP = '10.0.0.7') => {
    const [line] = await names(service(clusterIP), { ...inCluster, 'cart.shop.svc': addresses });
    return line?.split('; ')[1];
  };

  expect(await told(['10.0.0.7'])).toBe('the name resolves');
  expect(await told(['172.17.0.5'], 'None')).toBe('the name resolves');
  expect(await told(['10.0.0.9'])).toBe('the name leads to 10.0.0.9, not to 10.0.0.7');
  expect(await told([])).toBe('the resolver does not know that name (yet)');
});

test('a worker outside of every cluster asks its own resolver, and says the name alone', async () => {
  expect(await namesOfServices([service()], 'shop')).toEqual([
    'service/cart is reached as cart.shop.svc, port 80 and 443',
  ]);
});

function names(of: KubeObject, known: Record<string, string[]>): Promise<string[]> {
  const resolve: Resolve = async (name) => known[name] ?? [];
  return namesOfServices([of], 'shop', resolve);
}

function service(clusterIP = '10.0.0.7'): KubeObject {
  return {
    ...{ apiVersion: 'v1', kind: 'Service', metadata: { name: 'cart' } },
    spec: { clusterIP, ports: [{ port: 80 }, { port: 443 }] },
  };
}
