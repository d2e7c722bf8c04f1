import { expect, test } from 'vitest';
import { manifest, programs } from '../../steps/deployables.ts';
import { nodeImage, startRollouts } from './rollouts-under-test.ts';

test('a container that its liveness probe has killed is told as that, or, where the node does not say so in time, as a crash with that hint', async () => {
  await using rollouts = await startRollouts();
  const container = {
    ...{ image: nodeImage, command: ['/bin/sh', '-c', programs.serve] },
    livenessProbe: { tcpSocket: { port: 81 }, periodSeconds: 1, failureThreshold: 1 },
  };
  // It is ready until it is killed.
  const spec = { minReadySeconds: 300 };

  const verdict = await rollouts.watch(await rollouts.apply(manifest({ spec, container })));

  const told = expect.stringMatching(
    /container `api` (is killed because its liveness probe \(connect to :81\) fails|exits \d+ )/,
  );
  const hint = expect.stringMatching(/startupProbe|Its liveness probe may have had it killed/);
  expect(verdict).toMatchObject({
    outcome: 'failed',
    diagnosis: { headline: told, causes: [{ container: 'api', hint }] },
  });
});
