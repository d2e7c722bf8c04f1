import { expect, test } from 'vitest';
import { type KubeObject, nameOf } from '../../src/clusters/kubernetes/objects.ts';
import { nodeImage } from '../clusters/kubernetes/rollouts-under-test.ts';
import { waitFor } from '../support/wait-for.ts';
import { startDeploys } from './deploy-under-test.ts';
import { manifest, programs } from './deployables.ts';

const running = (name: string, script: string) =>
  manifest({ name, container: { image: nodeImage, command: ['/bin/sh', '-c', script] } });
const plain = (kind: string, name: string, content: object) =>
  JSON.stringify({ apiVersion: 'v1', kind, metadata: { name }, ...content });
const ports = { ports: [{ port: 80 }] };

const old = [running('cart', programs.serve), plain('ConfigMap', 'colours', { data: { main: 'green' } })];
const withMore = [
  running('cart', `# two\n${programs.serve}`),
  running('mailer', programs.crash),
  plain('ConfigMap', 'colours', { data: { main: 'red' } }),
  plain('ConfigMap', 'texts', { data: { hello: 'hello' } }),
  plain('Service', 'mailer', { spec: { selector: { app: 'mailer' }, ...ports } }),
  plain('Service', 'taken', { spec: { selector: { app: 'nobody' }, ...ports } }),
  plain('PersistentVolumeClaim', 'mails', {
    spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Mi' } } },
  }),
];

test('what a rolled back deployment has added goes, but for what holds data and what others have taken over', async () => {
  await using deploys = await startDeploys();
  const deploy = async (move: number, objects: string[], log: string[] = []) => {
    const run = await deploys.run({ move });
    const files = { 'deploy/all.yaml': objects.join('\n---\n') };
    const result = await run.deploy({ files, pushes: {}, log, step: { soakMs: 0 } });
    await run.end();
    return result;
  };
  await deploy(1, old);
  const log: string[] = [];
  const failing = deploy(2, withMore, log);
  const isThere = () => deploys.kubectl('get', 'service', 'taken', '--ignore-not-found', '-o', 'name');
  await waitFor(async () => (await isThere()) !== '', { what: 'the new service', deadlineMs: 60_000 });
  await deploys.kubectl('annotate', 'service/taken', '--overwrite', 'trunkline/deploy-id=another');
  const failed = await failing;

  expect(failed).toMatchObject({ outcome: 'failed', reason: expect.stringMatching(/rolled back to r1$/) });
  const kinds = 'deployments,services,configmaps,persistentvolumeclaims';
  const { items } = JSON.parse(await deploys.kubectl('get', kinds, '-o', 'json'));
  const left: KubeObject[] = items.filter(
    ({ metadata }: KubeObject) => metadata.deletionTimestamp === undefined,
  );
  expect(
    left
      .map(nameOf)
      .filter((name) => name !== 'configmap/kube-root-ca.crt')
      .sort(),
  ).toEqual(['configmap/colours', 'deployment/cart', 'persistentvolumeclaim/mails', 'service/taken']);
  expect(log).toContain('pruned deployment/mailer');
  expect(log).toContainEqual(expect.stringMatching(/^persistentvolumeclaim\/mails is left: it holds data/));
});
