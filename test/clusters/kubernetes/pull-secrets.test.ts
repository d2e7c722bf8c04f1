import { expect, test } from 'vitest';
import { readPullSecrets } from '../../../src/clusters/kubernetes/pull-secrets.ts';
import { answerJson, startApiServer } from './api-server.ts';

test('a pod whose manifest names a pull secret by a path has no secret of another namespace read', async () => {
  await using server = await startApiServer((_request, answer) => answerJson(answer, 404, {}));
  const pod = {
    ...{ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'cart' } },
    spec: { imagePullSecrets: [{ name: '../../other/secrets/theirs?x=' }] },
  };
  const place = { api: server.api, namespace: 'shop', pod };

  const [secret] = await readPullSecrets(place, 'registry.example.com', AbortSignal.timeout(5_000));

  expect(secret).toMatchObject({ state: 'missing', account: null });
  expect(server.requests).toEqual([
    'GET /api/v1/namespaces/shop/secrets/..%2F..%2Fother%2Fsecrets%2Ftheirs%3Fx%3D',
  ]);
});
