import { expect, test } from 'vitest';
import { startDeploys } from './deploy-under-test.ts';
import { manifest } from './deployables.ts';

const files = (storage: string, image: string) => ({
  'deploy/settings.yaml': `apiVersion: v1\nkind: ConfigMap\nmetadata: { name: settings }\ndata: { image: "${image}" }\n`,
  'deploy/cart.yaml': manifest({
    kind: 'StatefulSet',
    spec: {
      replicas: 0,
      volumeClaimTemplates: [
        {
          metadata: { name: 'data' },
          spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage } } },
        },
      ],
    },
    container: { image },
  }),
});

test('a changed volumeClaimTemplate is refused before anything is written, with what to do about it', async () => {
  await using deploys = await startDeploys();
  const deploy = async (move: number, storage: string, image: string) => {
    const run = await deploys.run({ move });
    const log: string[] = [];
    const result = await run.deploy({ files: files(storage, image), log });
    await run.end();
    return { ...result, log: log.join('\n') };
  };

  const first = await deploy(1, '1Gi', 'none:1');
  const changed = await deploy(2, '2Gi', 'none:2');

  expect(first).toMatchObject({ outcome: 'succeeded' });
  expect(changed.outcome).toBe('failed');
  expect(`${JSON.stringify(changed)}`).toContain('volumeClaimTemplates');
  expect(`${JSON.stringify(changed)}`).toContain('--cascade=orphan');
  expect((await deploys.workload('settings', 'configmap')).data).toEqual({ image: 'none:1' });
  expect((await deploys.workload('cart', 'statefulset')).metadata.generation).toBe(1);
});
