import { expect, test } from 'vitest';
import type { RunSummary } from '../../src/http/schemas/run.ts';
import { openClusterSite } from '../support/cluster-site.ts';
import { baseImage } from '../support/docker.ts';
import { kubernetes } from '../support/kubernetes.ts';
import { startPostgres } from '../support/postgres.ts';
import { runWithInput } from '../support/run-command.ts';
import { installHook } from '../support/site.ts';
import { startSpareSwarm } from '../support/spare-swarm.ts';
import { waitFor } from '../support/wait-for.ts';
import { examples } from './examples.ts';
import { atPath, composeFile, manifest, service } from './shop.ts';

/** What the repository of the examples holds, each below the folder that its pipeline names. */
const shop = {
  ...atPath('trunk/services/hello', service('hello')),
  ...atPath('trunk/services/cart', service('cart')),
  ...atPath('trunk/tools', { 'lint.sh': 'test "$REVISION" -gt 0', 'test.sh': 'echo "all is well"' }),
  ...atPath('trunk/services/payment', service('payment', { build: ['COPY libs/common/index.html /www/'] })),
  'trunk/libs/common/index.html': 'payment',
  ...atPath('trunk/services/account', {
    ...service('account', {
      images: { 'account-api': 'shop/account-api', 'account-page': 'shop/account-page' },
    }),
    ...atPath('api', service('account-api')),
    ...atPath('page', service('account-page')),
  }),
  ...atPath('trunk/services/catalog', service('catalog')),
  ...atPath('trunk/services/report', service('report')),
  ...atPath('branches/release-1/services/billing', service('billing')),
  ...atPath('branches/release-0.9/services/billing', service('billing')),
  ...atPath('search/trunk', service('search')),
  ...atPath('trunk/services/mail', service('mail')),
  ...atPath('trunk/storefront', {
    'images/base/Dockerfile': 'FROM trunkline-test/base:1\n',
    'images/web-base/Dockerfile': `ARG BASE\nFROM \${BASE}\nCMD ["httpd", "-f", "-p", "8080", "-h", "/www"]\n`,
    ...atPath('login', leaf('login')),
    ...atPath('basket', leaf('basket')),
    'deploy/login.yaml': manifest('login', 'shop/login'),
    'deploy/basket.yaml': manifest('basket', 'shop/basket'),
  }),
  ...atPath('trunk/services/notes', { ...service('notes'), 'compose.yaml': composeFile('notes') }),
};

/** In staging. */
const served = 'hello cart payment account-api account-page catalog report search mail login basket'.split(
  ' ',
);

test('one commit to everything runs every example to its end, and every service answers', async () => {
  await using site = await openClusterSite();
  await using postgres = await startPostgres();
  const cluster = await kubernetes();
  await using production = await cluster.makeNamespace();
  await using swarm = await startSpareSwarm();
  const base = await baseImage();
  const kubectl = ['--kubeconfig', cluster.kubeconfig, '-n', site.staging.kubernetes.namespace];
  await runWithInput('kubectl', [...kubectl, 'apply', '-f', '-'], manifest('catalog', base));
  await using trunkline = await site.serve({
    config: site.config({
      environments: {
        staging: site.staging,
        production: { kubernetes: { ...site.staging.kubernetes, namespace: production.name } },
        local: { swarm: { host: swarm.engine.host } },
      },
      repositories: site.repositories({ layout: ['standard', '{project}/trunk', '{project}/branches/*'] }),
      concurrency: 10,
    }),
    // Nothing can be pulled from outside here: the tool images are replaced.
    pipelines: {
      ...examples,
      'checks-only': (examples['checks-only'] ?? '').replace('node:22-alpine', base),
      'conditions-and-parameters': (examples['conditions-and-parameters'] ?? '').replaceAll(
        'busybox:1.36',
        base,
      ),
    },
    environment: { DATABASE_URL: postgres.url },
  });
  await installHook(site.subversion, trunkline.url);

  await site.subversion.commit({ files: shop });

  const runs = await waitFor(
    async () => {
      const { items } = await trunkline.api.get<{ items: RunSummary[] }>('/api/v1/runs?limit=200');
      return (
        items.length >= Object.keys(examples).length && items.every(({ state }) => state === 'ended') && items
      );
    },
    { what: 'the end of the runs', deadlineMs: 240_000 },
  );
  const ends = runs.map(({ pipeline, branch, outcome }) => `${pipeline} ${branch} ${outcome}`);
  expect(ends.toSorted()).toEqual([
    'account trunk succeeded',
    'billing-release branches/release-1 succeeded',
    'cart trunk succeeded',
    'catalog trunk succeeded',
    'checks trunk succeeded',
    'hello trunk succeeded',
    'mail trunk succeeded',
    'notes trunk succeeded',
    'payment trunk succeeded',
    'report trunk succeeded',
    'search search/trunk succeeded',
    'storefront trunk succeeded',
    'suites trunk succeeded',
  ]);
  for (const name of served) await site.answers(name, name);
  const image = ['--format', '{{.Spec.TaskTemplate.ContainerSpec.Image}}', 'notes_notes'];
  expect(await swarm.docker('service', 'inspect', ...image)).toMatch(/^[^@]+\/shop\/notes@sha256:/);
});

/** The uppermost of the images that stand on each other. */
function leaf(name: string): Record<string, string> {
  return { 'index.html': `${name}\n`, Dockerfile: 'ARG BASE\nFROM ${BASE}\nCOPY index.html /www/\n' };
}
