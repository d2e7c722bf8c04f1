import { expect, test } from 'vitest';
import type { Gate } from '../../src/domain/gate.ts';
import { startPrometheus } from '../support/prometheus.ts';
import { startDeploys } from './deploy-under-test.ts';
import { served } from './served.ts';

const gate = (changes: Partial<Gate>): Gate => ({
  ...{ name: 'errors', query: 'max(shop_errors{pod=~"$pods"})', min: null, max: 0.1, failures: 1 },
  ...{ everyMs: 500, delayMs: 0, patienceMs: 60_000, ...changes },
});

/** Counts errors of its own, where Prometheus finds them. */
const counting = (errors: string) =>
  `mkdir -p /tmp/www; echo ok >/tmp/www/index.html; echo "shop_errors ${errors}" >/tmp/www/metrics; exec httpd -f -p 8080 -h /tmp/www`;

test('a gate looks at what the new pods count, and its failure brings the old version back', async () => {
  await using deploys = await startDeploys();
  await using prometheus = await startPrometheus(async () => {
    const { items } = JSON.parse(await deploys.kubectl('get', 'pods', '-o', 'json'));
    return items.flatMap(
      ({ metadata, status }: { metadata: { name: string }; status: { podIP?: string } }) =>
        status.podIP === undefined ? [] : [{ pod: metadata.name, address: `${status.podIP}:8080` }],
    );
  });
  deploys.environment.prometheus = { url: prometheus.url, credentials: null, token: null, ca: null };
  const deploy = async (move: number, errors: string, gates: Gate[]) => {
    const image = await deploys.image(counting(errors));
    const run = await deploys.run({ move });
    const log: string[] = [];
    const result = await run.deploy({
      step: { gates, soakMs: 500 },
      files: scraped(),
      pushes: { push: image },
      log,
    });
    await run.end();
    return { ...result, log };
  };

  const good = await deploy(1, '0', [
    gate({ traffic: { query: 'count(up{pod=~"$pods"})', min: 1 } }),
    gate({ name: 'alive', query: 'count(up{pod=~"$pods"} == 1)', min: 1, max: null }),
  ]);
  const bad = await deploy(2, '0.5', [gate({})]);
  const unknown = await deploy(3, '0', [
    gate({ query: 'max(nobody_counts{pod=~"$pods"})', patienceMs: 500 }),
  ]);

  expect(good).toMatchObject({
    outcome: 'succeeded',
    note: expect.stringContaining(
      'gate errors: pass: 0 (wanted: at most 0.1); gate alive: pass: 1 (wanted: at least 1)',
    ),
  });
  expect(good.log).toContainEqual(
    expect.stringMatching(/^gate errors asks: max\(shop_errors\{pod=~"cart-[a-z0-9]+-[a-z0-9]+"\}\)$/),
  );
  expect(bad).toMatchObject({
    outcome: 'failed',
    reason: 'gate errors: fail: 0.5 (wanted: at most 0.1); rolled back to r1',
  });
  expect(unknown).toMatchObject({
    outcome: 'failed',
    reason: 'gate errors: no data (wanted: at most 0.1); rolled back to r1',
  });
  expect(unknown.log).toContainEqual(expect.stringMatching(/^hint: Does Prometheus scrape the new pods\?/));
});

test('a step with gates needs an environment with a Prometheus', async () => {
  await using deploys = await startDeploys();
  const run = await deploys.run({ move: 1 });

  const result = await run.deploy({ step: { gates: [gate({})] }, files: scraped() });

  expect(result).toMatchObject({
    outcome: 'failed',
    reason: expect.stringMatching(/^the step has gates, and staging has no Prometheus: name it/),
  });
});

function scraped(): Record<string, string> {
  const { 'deploy/cart.yaml': cart, ...others } = served({ replicas: 1 });
  const workload = JSON.parse(cart);
  workload.spec.template.spec.terminationGracePeriodSeconds = 1;
  return { ...others, 'deploy/cart.yaml': JSON.stringify(workload) };
}
