import { expect, test } from 'vitest';
import type { JsonObject } from '../../../src/domain/json.ts';
import { manifest, programs } from '../../steps/deployables.ts';
import { nodeImage, startRollouts } from './rollouts-under-test.ts';

interface Killed {
  what: string;
  container: JsonObject;
  told: string;
  hint: RegExp;
}

const killed: Killed[] = [
  {
    what: 'its liveness probe',
    container: { livenessProbe: { tcpSocket: { port: 81 }, periodSeconds: 1, failureThreshold: 1 } },
    told: String.raw`its liveness probe \(connect to :81\) fails`,
    hint: /startupProbe|Its liveness probe may have had it killed/,
  },
  {
    what: 'its postStart hook',
    container: { lifecycle: { postStart: { exec: { command: ['/bin/false'] } } } },
    told: "its postStart hook fails: command '/bin/false' exited with 1",
    hint: /Mend the hook|Its postStart hook may have failed/,
  },
];

test.concurrent.for(killed)(
  'a container that is killed because of $what is told as that, or, where its node does not say so in time, as a crash with that hint',
  async ({ container, told, hint }) => {
    await using rollouts = await startRollouts();
    const serve = { image: nodeImage, command: ['/bin/sh', '-c', programs.serve] };
    // It is ready until it is killed.
    const spec = { minReadySeconds: 300 };
    const text = manifest({ spec, container: { ...serve, ...container } });

    const verdict = await rollouts.watch(await rollouts.apply(text));

    const headline = expect.stringMatching(
      new RegExp(String.raw`container \`api\` (is killed because ${told}|exits \d+ )`),
    );
    expect(verdict).toMatchObject({
      outcome: 'failed',
      diagnosis: { headline, causes: [{ container: 'api', hint: expect.stringMatching(hint) }] },
    });
  },
);
