import { describe, expect, test } from 'vitest';
import { manifest } from '../../steps/deployables.ts';
import { startAdmissionWebhook } from '../../support/admission-webhook.ts';
import { kubernetes } from '../../support/kubernetes.ts';
import { serve } from './catalogue/row.ts';
import { nodeImage, startRollouts } from './rollouts-under-test.ts';

describe('a rollout whose pods an admission webhook', () => {
  test('denies fails at once, with what it said', async () => {
    await using rollouts = await startRollouts();
    await using _webhook = await startPodRules(rollouts.namespace);

    const verdict = await rollouts.watch(await rollouts.apply(manifest({ container: serve })));

    expect(verdict).toMatchObject({
      outcome: 'failed',
      diagnosis: {
        headline: expect.stringMatching(
          /no new pod can be made: .*admission webhook "rules\.webhook\.example\.com" denied the request: pods need an owner/,
        ),
        causes: [{ class: 'admission-denied', hint: expect.stringMatching(/rules of the cluster/) }],
      },
    });
  });

  test('should judge and cannot be asked fails after its time, and names the webhook', async () => {
    await using rollouts = await startRollouts({ quotaMs: 2_000 });
    await using webhook = await startPodRules(rollouts.namespace);
    await webhook.leave();

    const verdict = await rollouts.watch(await rollouts.apply(manifest({ container: serve })));

    expect(verdict).toMatchObject({
      outcome: 'failed',
      diagnosis: {
        headline: expect.stringMatching(
          /no new pod can be made: .*failed calling webhook "rules\.webhook\.example\.com": .*connection refused/,
        ),
        causes: [{ class: 'admission-denied', hint: expect.stringMatching(/webhook .*cannot be asked/) }],
      },
    });
  });
});

async function startPodRules(namespace: string) {
  const containers = [{ name: 'probe', image: nodeImage }];
  return startAdmissionWebhook(await kubernetes(), namespace, {
    kind: 'ValidatingWebhookConfiguration',
    resources: ['pods'],
    probe: { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'probe' }, spec: { containers } },
    review: () => ({ allowed: false, status: { code: 403, message: 'pods need an owner' } }),
  });
}
