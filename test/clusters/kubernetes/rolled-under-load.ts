import { waitFor } from '../../support/wait-for.ts';
import { startLoad } from './requests-under-load.ts';
import { nodeImage, startRollouts } from './rollouts-under-test.ts';

/** Serves on after SIGTERM until no node sends it requests any more, which a busy node takes seconds for. */
const gentleServer =
  'mkdir -p /www; echo $VERSION > /www/index.html; trap "sleep 10; kill $!; exit 0" TERM; httpd -f -p 8080 -h /www & wait $!';

/** Rolls a Service's workload out again and again while clients ask it. */
export async function rollUnderLoad(rounds: number) {
  await using rollouts = await startRollouts();
  await rollouts.watch(await rollouts.apply(shop(0)));
  const address = (
    await rollouts.kubectl('get', 'service', 'cart', '-o', 'jsonpath={.spec.clusterIP}')
  ).trim();
  const url = `http://${address}/`;
  await waitFor(async () => (await fetch(url)).ok, { what: 'the Service to answer' });
  const load = startLoad(url);
  const outcomes: string[] = [];
  for (let round = 1; round <= rounds; round += 1) {
    outcomes.push((await rollouts.watch(await rollouts.apply(shop(round)))).outcome);
  }
  // A rollout has ended when its pods serve; nodes are told a moment later that the last old one does not any more.
  const isNew = async () => (await (await fetch(url)).text()).trim() === String(rounds);
  await waitFor(isNew, { what: `the Service to answer with version ${rounds}` });
  return { ...(await load.stop()), outcomes };
}

function shop(version: number): string {
  const labels = { app: 'cart' };
  const container = {
    name: 'api',
    image: nodeImage,
    command: ['/bin/sh', '-c', gentleServer],
    env: [{ name: 'VERSION', value: String(version) }],
    ports: [{ containerPort: 8080 }],
    readinessProbe: { httpGet: { path: '/', port: 8080 }, periodSeconds: 1, timeoutSeconds: 5 },
  };
  const template = {
    metadata: { labels },
    spec: { terminationGracePeriodSeconds: 20, containers: [container] },
  };
  const objects = [
    {
      ...{ apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'cart' } },
      spec: { replicas: 2, selector: { matchLabels: labels }, template },
    },
    {
      ...{ apiVersion: 'v1', kind: 'Service', metadata: { name: 'cart' } },
      spec: { selector: labels, ports: [{ port: 80, targetPort: 8080 }] },
    },
  ];
  return objects.map((object) => JSON.stringify(object)).join('\n---\n');
}
