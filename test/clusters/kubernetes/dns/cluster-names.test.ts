import { expect, test } from 'vitest';
import { type ClusterNames, findNames } from '../../../../src/clusters/kubernetes/dns/cluster-names.ts';
import { startNameServer } from './name-server.ts';

const never = new AbortController().signal;
const nobody = async () => null;

async function resolve(names: ClusterNames, name: string): Promise<string[]> {
  if ('why' in names) throw new Error(names.why);
  return names.resolve(name, never);
}

test('a server outside of the cluster asks the server of names that its environment says', async () => {
  await using server = await startNameServer({
    'kubernetes.default.svc.cluster.local': '10.0.0.1',
    'cart.shop.svc.cluster.local': '10.0.0.7',
  });

  const names = await findNames({ resolver: server.address, addressOf: nobody }, never);

  expect(await resolve(names, 'cart.shop.svc')).toEqual(['10.0.0.7']);
  expect(await resolve(names, 'web.shop.svc')).toEqual([]);
});

test('without one, the one that pods ask; the domain of the cluster is read off the name of its address', async () => {
  await using server = await startNameServer({
    '10.0.96.10.in-addr.arpa': 'kube-dns.kube-system.svc.shop.internal',
    'cart.shop.svc.shop.internal': '10.0.0.7',
  });
  const addressOf = async () => '10.96.0.10';

  const names = await findNames({ resolver: server.address, addressOf }, never);

  expect(await resolve(names, 'cart.shop.svc')).toEqual(['10.0.0.7']);
});

test.for([
  ['there is none to ask', null, false, /no Service kube-dns is to be seen in kube-system$/],
  [
    'it does not answer',
    null,
    true,
    /^the cluster's server of names, 127\.0\.0\.1:\d+, does not answer this server$/,
  ],
  ['it is that of no cluster', { 'example.com': '10.0.0.1' }, true, /knows no names of a cluster$/],
] as const)('where %s, it is said why no name was asked for', async ([, known, isSaid, why]) => {
  await using server = await startNameServer(known);
  const resolver = isSaid ? server.address : null;

  expect(await findNames({ resolver, addressOf: nobody }, never)).toEqual({
    why: expect.stringMatching(why),
  });
});

test('a search for it that is cancelled ends at once, however silent the server is', async () => {
  await using server = await startNameServer(null);
  const stopping = new AbortController();
  const names = findNames({ resolver: server.address, addressOf: nobody }, stopping.signal);

  stopping.abort(new Error('no longer wanted'));

  await expect(names).rejects.toThrow('no longer wanted');
});
