import { expect, test } from 'vitest';
import type { Gate } from '../../src/domain/gate.ts';
import { startPrometheus } from '../support/prometheus.ts';
import { startDeploys } from './deploy-under-test.ts';
import { served } from './served.ts';

const gate = (changes: Partial<Gate>): Gate => ({
  ...{ name: 'errors', query: 'max(shop_errors{pod=~"$pods"})', min: null, max: 0.1, failures: 1 },
  ...{ everyMs: 500, delayMs: 0, patienceMs: 180_000, ...changes },
});

/** Counts errors of its own, where Prometheus finds them. */
const counting = (errors: string) =>
  `mkdir -p /tmp/www; echo ok >/tmp/www/index.html; echo "shop_errors ${errors}" >/tmp/www/metrics; exec httpd -f -p 8080 -h /tmp/www`;

/** Deploys under the eyes of a Prometheus that finds those of the pods that `finds` picks of their sorted names. */
async function startScraped(finds: (pods: string[]) => string[] = (pods) => pods) {
  await using resources = new AsyncDisposableStack();
  const deploys = resources.use(await startDeploys());
  const prometheus = resources.use(
    await startPrometheus(async () => {
      const { items } = JSON.parse(await deploys.kubectl('get', 'pods', '-o', 'json'));
      const pods = new Map<string, string | undefined>(
        items.map((pod: PodItem) => [pod.metadata.name, pod.status.podIP] as const),
      );
      return finds([...pods.keys()].sort()).flatMap((pod) =>
        pods.get(pod) === undefined ? [] : [{ pod, address: `${pods.get(pod)}:8080` }],
      );
    }),
  );
  deploys.environment.prometheus = { url: prometheus.url, credentials: null, token: null, ca: null };
  const owned = resources.move();
  return {
    async deploy(move: number, errors: string, { gates, ...changes }: ScrapedDeploy) {
      const image = await deploys.image(counting(errors));
      const run = await deploys.run({ move });
      const log: string[] = [];
      const result = await run.deploy({
        step: { ...(gates && { gates }), soakMs: 500 },
        files: scraped(changes),
        pushes: { push: image },
        log,
      });
      await run.end();
      return { ...result, log };
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

interface PodItem {
  metadata: { name: string };
  status: { podIP?: string };
}

interface ScrapedDeploy extends ScrapedChanges {
  gates?: Gate[];
}

test('a gate looks at what the new pods count, and at what the old ones did, and its failure brings the old version back', async () => {
  await using site = await startScraped();
  const deploy = (move: number, errors: string, gates: Gate[]) => site.deploy(move, errors, { gates });
  // A scrape that takes too long leaves a gap.
  const worse = gate({
    query: 'max(max_over_time(shop_errors{pod=~"$pods"}[1m]))',
    ...{ name: 'worse', max: null, baseline: { minRatio: null, maxRatio: 2, ignoreBelow: 0 } },
  });

  const good = await deploy(1, '0.1', [
    gate({ traffic: { query: 'count(up{pod=~"$pods"})', min: 1 } }),
    gate({ name: 'alive', query: 'count(up{pod=~"$pods"} == 1)', min: 1, max: null }),
    worse,
  ]);
  const bad = await deploy(2, '0.5', [worse]);
  const unknown = await deploy(3, '0', [
    gate({ query: 'max(nobody_counts{pod=~"$pods"})', patienceMs: 500 }),
  ]);

  expect(good, good.log.join('\n')).toMatchObject({
    outcome: 'succeeded',
    note: expect.stringContaining(
      'gate errors: pass: 0.1 (wanted: at most 0.1); gate alive: pass: 1 (wanted: at least 1)',
    ),
  });
  expect(good.log).toContainEqual(
    expect.stringMatching(/^gate errors asks: max\(shop_errors\{pod=~"cart-[a-z0-9]+-[a-z0-9]+"\}\)$/),
  );
  expect(good.log).toContain('gate worse: nothing runs yet: there is nothing to compare with');
  expect(bad, bad.log.join('\n')).toMatchObject({
    outcome: 'failed',
    reason: 'gate worse: fail: 0.5 (wanted: at most 0.2, before it was 0.1); rolled back to r1',
  });
  expect(unknown).toMatchObject({
    outcome: 'failed',
    reason: expect.stringMatching(/^gate errors: no data.*; rolled back to r1$/),
  });
  expect(unknown.log).toContainEqual(expect.stringMatching(/^hint: Does Prometheus scrape the new pods\?/));
});

test('no version passes by those of its pods that Prometheus scrapes; who is not, and why, is told without a gate too', async () => {
  await using site = await startScraped((pods) => pods.slice(0, 1));
  const replicas = 2;
  const annotated = (port: string) => ({ 'prometheus.io/scrape': 'true', 'prometheus.io/port': port });

  const gated = await site.deploy(1, '0', {
    ...{ replicas, annotations: annotated('8080'), gates: [gate({ patienceMs: 3_000 })] },
  });
  const told = await site.deploy(2, '0', { replicas, annotations: annotated('9090') });

  expect(gated).toMatchObject({
    outcome: 'failed',
    reason: expect.stringMatching(
      /^gate errors: no data: Prometheus scrapes [01] of 2 new pods: .*cart-\S+ is no target of it/,
    ),
  });
  const mismatch = 'its prometheus.io/port is 9090, and the containers have 8080';
  expect(told).toMatchObject({ outcome: 'succeeded', note: expect.stringContaining(mismatch) });
  expect(told.log).toContainEqual(expect.stringMatching(/^warning: Prometheus scrapes [01] of 2 new pods: /));
});

test('a step with gates needs an environment with a Prometheus', async () => {
  await using deploys = await startDeploys();
  const run = await deploys.run({ move: 1 });

  const result = await run.deploy({ step: { gates: [gate({})] }, files: scraped({}) });

  expect(result).toMatchObject({
    outcome: 'failed',
    reason: expect.stringMatching(/^the step has gates, and staging has no Prometheus: name it/),
  });
});

interface ScrapedChanges {
  replicas?: number;
  annotations?: Record<string, string>;
}

function scraped({ replicas = 1, annotations = {} }: ScrapedChanges): Record<string, string> {
  const { 'deploy/cart.yaml': cart, ...others } = served({ replicas });
  const workload = JSON.parse(cart);
  workload.spec.template.spec.terminationGracePeriodSeconds = 1;
  workload.spec.template.metadata.annotations = annotations;
  return { ...others, 'deploy/cart.yaml': JSON.stringify(workload) };
}
