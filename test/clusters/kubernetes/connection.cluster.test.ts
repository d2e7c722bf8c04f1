import { expect, test } from 'vitest';
import { openAccess } from '../../../src/clusters/kubernetes/access.ts';
import { createApi } from '../../../src/clusters/kubernetes/api.ts';
import { kubernetes } from '../../support/kubernetes.ts';
import { startClusterProxy } from './cluster-proxy.ts';

const never = new AbortController().signal;

test('a hundred calls one after the other share at most two connections', async () => {
  await using proxy = await startClusterProxy(await kubernetes());
  const access = await openAccess({ kubeconfig: proxy.kubeconfig, context: null });
  const api = createApi(access);

  for (let call = 0; call < 100; call++) await api.call({ path: '/version' }, never);
  access.close();

  expect(proxy.connections()).toBeLessThanOrEqual(2);
});

test('a context that the kubeconfig does not have is named', async () => {
  const { kubeconfig } = await kubernetes();

  await expect(openAccess({ kubeconfig, context: 'elsewhere' })).rejects.toMatchObject({
    code: 'cluster-denied',
    isRetryable: false,
    message: expect.stringContaining('the context elsewhere'),
  });
});
