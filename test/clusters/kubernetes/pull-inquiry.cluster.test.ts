import { expect, test } from 'vitest';
import { createRegistryAsker } from '../../../src/images/ask-registry.ts';
import { registryConfig } from '../../images/engine-under-test.ts';
import { putImage } from '../../images/put-image.ts';
import { manifest } from '../../steps/deployables.ts';
import { startRegistry } from '../../support/registry.ts';
import { startRollouts } from './rollouts-under-test.ts';

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
