import { expect, test } from 'vitest';
import { createRegistryAsker } from '../../../src/images/ask-registry.ts';
import { registryConfig } from '../../images/engine-under-test.ts';
import { putImage } from '../../images/put-image.ts';
import { manifest } from '../../steps/deployables.ts';
import { startRegistry } from '../../support/registry.ts';
import { accepted } from '../contract/cluster-under-test.ts';
import { startRollouts } from './rollouts-under-test.ts';

const never = new AbortController().signal;
const account = { username: 'ci', password: 'let me in' };
const once = { pullDenials: 1, pullDeniedMs: 1_000 };

/** A registry that lets nobody in without an account, with an image of which only the name is there. */
async function startClosed() {
  const registry = await startRegistry(account);
  await putImage(registry.host, { repository: 'shop/cart', tag: 'r1', account });
  return registry;
}

test('a refused pull is told apart by asking the registry: which pull secret is wrong, and what is not there at all', async () => {
  await using registry = await startClosed();
  const asker = createRegistryAsker({ main: registryConfig(registry.host, account) });
  await using rollouts = await startRollouts(once, asker);
  await rollouts.kubectl(
    ...['create', 'secret', 'docker-registry', 'stale', `--docker-server=${registry.host}`],
    ...['--docker-username=ci', '--docker-password=the old one'],
  );
  const ofImage = (name: string, tag: string) =>
    manifest({
      name,
      container: { image: `${registry.host}/shop/cart:${tag}` },
      pod: { imagePullSecrets: [{ name: 'stale' }] },
    });

  const [refused, missing] = await Promise.all(
    [ofImage('refused', 'r1'), ofImage('missing', 'r2')].map(async (text) =>
      rollouts.watch(await rollouts.apply(text)),
    ),
  );

  expect(refused).toMatchObject({
    outcome: 'failed',
    diagnosis: {
      causes: [
        {
          class: 'image-denied',
          hint: `${registry.host} refuses the account in the pull secret stale: renew it, or allow it to pull. The account of Trunkline's own config for ${registry.host} may pull it.`,
          evidence: { registry: { answers: { secret: 'refused', own: 'there', nobody: 'refused' } } },
        },
      ],
    },
  });
  expect(missing).toMatchObject({
    outcome: 'failed',
    diagnosis: {
      headline: expect.stringMatching(/container `api`: the image \S+\/shop\/cart:r2 does not exist$/),
      causes: [{ class: 'image-missing', evidence: { registry: { answers: { own: 'missing' } } } }],
    },
  });
  expect(JSON.stringify([refused, missing])).not.toContain('the old one');
});

test('so is the pull of a job: what the registry calls forbidden to the node is missing', async () => {
  await using registry = await startClosed();
  const asker = createRegistryAsker({ main: registryConfig(registry.host, account) });
  await using rollouts = await startRollouts(once, asker);
  const { jobs } = rollouts.cluster;
  if (jobs === null) throw new Error('a Kubernetes cluster has jobs');
  const image = `${registry.host}/shop/migrate:r9`;
  const commands = { kind: 'commands', name: 'migrate', image, script: 'true' } as const;
  const source = { ...commands, env: {}, secrets: [] };
  const planned = accepted(
    await jobs.plan({ source, images: [], requireDigests: false, deadlineSeconds: 60 }, never),
  );

  const job = { object: planned.object, id: 'a1', secrets: {} };
  const started = accepted(await jobs.start(job, { confirm: async () => undefined }, never));
  const hooks = { onProgress: () => undefined, onLine: () => undefined, readUpTo: {} };
  const verdict = await jobs.follow(started, hooks, never);

  expect(verdict).toEqual({
    outcome: 'failed',
    cause: expect.stringMatching(/^container `\w+`: the image \S+\/shop\/migrate:r9 does not exist$/),
    hint: `${registry.host} says so to Trunkline too. Was it pushed, and not deleted since?`,
  });
});
