import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { Fault } from '../../src/domain/fault.ts';
import { startClusterProxy } from '../clusters/kubernetes/cluster-proxy.ts';
import { kubernetes } from '../support/kubernetes.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { waitFor } from '../support/wait-for.ts';
import { startDeploys } from './deploy-under-test.ts';
import { cart, programs } from './deployables.ts';

test('an API server that goes away in the middle of a rollout and comes back only delays it', async () => {
  await using proxy = await startClusterProxy(await kubernetes());
  await using deploys = await startDeploys({ kubeconfig: proxy.kubeconfig });
  const image = await deploys.image(programs.serve);
  const log: string[] = [];

  const run = await deploys.run({ move: 1 });
  const deploying = run.deploy({ files: cart(), pushes: { push: image }, log, step: { soakMs: 15_000 } });
  await waitFor(() => log.some((line) => line.startsWith('pod ')), {
    what: 'a first pod',
  });
  proxy.cut();
  await waitFor(() => log.some((line) => line.includes('still trying')), { what: 'the loss to be noticed' });
  proxy.mend();
  const result = await deploying;

  expect(result).toMatchObject({ outcome: 'succeeded' });
  expect(log).toContain('the cluster answers again');
});

test('an account without the right to write is our fault, which gives all that it lacks as a role', async () => {
  const { kubectl } = await kubernetes();
  await using folder = await temporaryFolder();
  const config = JSON.parse(await kubectl('config', 'view', '--raw', '--minify', '-o', 'json'));
  config.users[0].user.as = 'nobody';
  const kubeconfig = join(folder.path, 'kubeconfig');
  await writeFile(kubeconfig, JSON.stringify(config));
  await using deploys = await startDeploys({ kubeconfig });
  await deploys.kubectl('create', 'role', 'reader', '--verb=get,list,watch', '--resource=deployments.apps');
  await deploys.kubectl('create', 'rolebinding', 'reader', '--role=reader', '--user=nobody');

  const run = await deploys.run({ move: 1 });
  const deploying = run.deploy({ files: cart(), pushes: {} });

  await expect(deploying).rejects.toMatchObject({
    code: 'cluster-denied',
    hint: expect.stringMatching(
      /^Give the account of this environment the verb "create" on "deployments"\. All that/,
    ),
  });
  const hint = await deploying.catch((fault: Fault) => fault.hint ?? '');
  const role = join(folder.path, 'role.yaml');
  await writeFile(role, String(hint).slice(String(hint).indexOf('apiVersion:')));
  expect(JSON.parse(await kubectl('apply', '--dry-run=server', '-f', role, '-o', 'json'))).toMatchObject({
    kind: 'ClusterRole',
    rules: expect.arrayContaining([
      { apiGroups: ['apps'], resources: ['deployments'], verbs: ['create', 'update', 'patch'] },
      { apiGroups: [''], resources: ['pods/log'], verbs: ['get'] },
    ]),
  });
});

test("an object that the cluster refuses is the user's failure, in the words of the cluster", async () => {
  await using deploys = await startDeploys();

  const run = await deploys.run({ move: 1 });
  const result = await run.deploy({ files: cart({ spec: { repliicas: 3 } }), pushes: {} });

  expect(result).toMatchObject({ outcome: 'failed', reason: expect.stringContaining('repliicas') });
});
