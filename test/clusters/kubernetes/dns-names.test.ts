import { expect, test } from 'vitest';
import { namesOfServices } from '../../../src/clusters/kubernetes/dns-names.ts';
import type { KubeObject } from '../../../src/clusters/kubernetes/objects.ts';

test('a Service is told with its name and ports where this worker cannot ask the resolver of the cluster', async () => {
  expect(await names(service(), null)).toEqual([
    'service/cart is reached as cart.shop.svc, port 80 and 443',
    'no name was asked for: nobody knows them here',
  ]);
});

test('its name is checked where it can: it leads to the Service, elsewhere, or is not known yet', async () => {
  const told = async (addresses: string[], clusterIP = '10.0.0.7') => {
    const [line] = await names(service(clusterIP), { 'cart.shop.svc': addresses });
    return line?.split('; ')[1];
  };

  expect(await told(['10.0.0.7'])).toBe('the name resolves');
  expect(await told(['172.17.0.5'], 'None')).toBe('the name resolves');
  expect(await told(['10.0.0.9'])).toBe('the name leads to 10.0.0.9, not to 10.0.0.7');
  expect(await told([])).toBe('the resolver does not know that name (yet)');
});

test('the pods behind a headless Service are named one by one, and each name is checked where it can be', async () => {
  const pods = [
    podNamed('cart-1', '172.17.0.6'),
    podNamed('cart-0', '172.17.0.5'),
    podNamed('other', '', 'shop'),
  ];
  const told = async (known: Record<string, string[]> | null) =>
    (await names(service('None'), known, pods))[1];
  const both = { 'cart-0.cart.shop.svc': ['172.17.0.5'], 'cart-1.cart.shop.svc': ['172.17.0.6'] };
  const line = 'each of its pods by a name of its own: cart-0.cart.shop.svc, cart-1.cart.shop.svc';

  expect(await told(null)).toBe(line);
  expect(await told({ ...both })).toBe(`${line}; all resolve`);
  expect(await told({ ...both, 'cart-1.cart.shop.svc': ['172.17.0.9'] })).toBe(
    `${line}; cart-1.cart.shop.svc leads to 172.17.0.9, not to 172.17.0.6`,
  );
  expect(await told({ 'cart-0.cart.shop.svc': ['172.17.0.5'] })).toBe(
    `${line}; the resolver does not know cart-1.cart.shop.svc (yet)`,
  );
  expect(await names(service(), {}, pods)).toHaveLength(1);
});

const never = new AbortController().signal;

function names(
  of: KubeObject,
  known: Record<string, string[]> | null,
  pods: KubeObject[] = [],
): Promise<string[]> {
  const how =
    known === null
      ? { why: 'nobody knows them here' }
      : { resolve: async (name: string) => known[name] ?? [] };
  return namesOfServices({ services: [of], pods, namespace: 'shop' }, how, never);
}

function service(clusterIP = '10.0.0.7'): KubeObject {
  return {
    ...{ apiVersion: 'v1', kind: 'Service', metadata: { name: 'cart' } },
    spec: { clusterIP, ports: [{ port: 80 }, { port: 443 }] },
  };
}

function podNamed(hostname: string, podIP: string, subdomain = 'cart'): KubeObject {
  return {
    ...{ apiVersion: 'v1', kind: 'Pod', metadata: { name: hostname } },
    ...{ spec: { hostname, subdomain }, status: { podIP } },
  };
}
