import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { stringify } from 'yaml';
import { openAccess } from '../../../src/clusters/kubernetes/access.ts';
import { createApi } from '../../../src/clusters/kubernetes/api.ts';
import { ObjectWatch } from '../../../src/clusters/kubernetes/object-watch.ts';
import { runningProcesses } from '../../support/cluster/running-processes.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { waitFor } from '../../support/wait-for.ts';
import { answerJson, startApiServer } from './api-server.ts';

const never = new AbortController().signal;
const path = '/api/v1/namespaces/shop/pods';

test('a token that was rotated in the kubeconfig is read anew once the old one is refused', async () => {
  await using cluster = await startCluster();
  await cluster.write({ token: 'one' });
  const api = await cluster.open();

  const before = await api.call({ path }, never);
  cluster.accepts('two');
  await cluster.write({ token: 'two' });
  const after = await Promise.all([1, 2, 3].map(() => api.call({ path }, never)));

  expect([before, ...after]).toEqual(Array.from({ length: 4 }, () => expect.objectContaining({ items: [] })));
});

test('a watch goes on with the rotated token', async () => {
  await using cluster = await startCluster();
  await cluster.write({ token: 'one' });
  const watch = new ObjectWatch(await cluster.open(), { path, query: {} }, () => undefined).start();
  await waitFor(() => watch.isSynced, { what: 'the first list' });

  cluster.accepts('two');
  await waitFor(() => watch.failure !== undefined, { what: 'a refusal' });
  await cluster.write({ token: 'two' });

  await waitFor(() => watch.failure === undefined, { what: 'the watch to go on' });
  await watch.stop();
});

test('a token in a file of its own is read from there, beside the kubeconfig', async () => {
  await using cluster = await startCluster();
  await writeFile(join(cluster.folder, 'token'), 'one');
  await cluster.write({ tokenFile: 'token' });
  const api = await cluster.open();

  await api.call({ path }, never);
  cluster.accepts('two');
  await writeFile(join(cluster.folder, 'token'), 'two');

  expect(await api.call({ path }, never)).toMatchObject({ items: [] });
});

test('a token for another server, to which the kubeconfig leads by now, is not sent to this one', async () => {
  await using cluster = await startCluster();
  await cluster.write({ token: 'one' });
  const api = await cluster.open();
  cluster.accepts('two');

  await cluster.write({ token: 'of-another', server: 'http://127.0.0.1:1' });

  await expect(api.call({ path }, never)).rejects.toMatchObject({ code: 'cluster-denied' });
  expect(cluster.tokens()).not.toContain('Bearer of-another');
});

test.each([
  ['that never ends', 'sleep 1000'],
  ['that leaves something behind which holds its output open', 'setsid sleep 1.25 & exit 0'],
])('a login program %s is no login', async (_what, script) => {
  await using cluster = await startCluster();
  const exec = { apiVersion: 'client.authentication.k8s.io/v1', command: 'sh', args: ['-c', script] };
  await cluster.write({ exec });
  const api = await cluster.open({ loginS: 0.2 });

  await expect(api.call({ path }, never)).rejects.toMatchObject({ code: 'cluster-denied' });
  const isLeft = async () => (await runningProcesses('sleep')).some(({ args }) => args[1] === '1.25');
  await waitFor(async () => !(await isLeft()), { what: 'what the login has started to end' });
});

/** An API server that lets in whoever has the token of the moment; at first `one`. */
async function startCluster() {
  await using opened = new AsyncDisposableStack();
  const folder = opened.use(await temporaryFolder());
  let token = 'one';
  const tokens: string[] = [];
  const server = opened.use(
    await startApiServer(({ headers: { authorization = '' }, url = '' }, answer) => {
      tokens.push(authorization);
      if (authorization !== `Bearer ${token}`) return answerJson(answer, 401, { message: 'Unauthorized' });
      const metadata = { resourceVersion: '1' };
      // A watch that ends at once is begun anew.
      return url.includes('watch=') ? answer.end() : answerJson(answer, 200, { metadata, items: [] });
    }),
  );
  const kubeconfig = join(folder.path, 'kubeconfig');
  const owned = opened.move();
  return {
    folder: folder.path,
    tokens: () => tokens,
    accepts(wanted: string) {
      token = wanted;
    },
    write: ({ server: address = server.url, ...user }: { server?: string; [key: string]: unknown }) =>
      writeFile(
        kubeconfig,
        stringify({
          ...{ apiVersion: 'v1', kind: 'Config', 'current-context': 'it' },
          clusters: [{ name: 'it', cluster: { server: address, 'insecure-skip-tls-verify': true } }],
          users: [{ name: 'me', user }],
          contexts: [{ name: 'it', context: { cluster: 'it', user: 'me' } }],
        }),
      ),
    async open(limits: { loginS?: number } = {}) {
      const access = await openAccess({ kubeconfig, context: null, ...limits });
      owned.defer(() => access.close());
      return createApi(access);
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}
