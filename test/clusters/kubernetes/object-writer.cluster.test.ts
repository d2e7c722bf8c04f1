import { expect, test } from 'vitest';
import { isRefusal } from '../../../src/clusters/cluster.ts';
import { openAccess } from '../../../src/clusters/kubernetes/access.ts';
import { type Api, createApi } from '../../../src/clusters/kubernetes/api.ts';
import { createObjectWriter, type Write } from '../../../src/clusters/kubernetes/object-writer.ts';
import { discoverResources } from '../../../src/clusters/kubernetes/resource-paths.ts';
import type { JsonObject } from '../../../src/domain/json.ts';
import { kubernetes } from '../../support/kubernetes.ts';
import { waitFor } from '../../support/wait-for.ts';

const never = new AbortController().signal;

test.for([
  { what: 'an apply', races: 3, before: probe('httpGet'), wanted: probe('httpGet') },
  { what: 'a replacement', races: 3, before: probe('httpGet'), wanted: probe('tcpSocket') },
])('a rehearsal of $what that loses a race reads again', async ({ races, before, wanted }) => {
  await using under = await open(before);
  const write = { ...(await under.read()), object: under.deployment(wanted) };
  under.disturb(races);

  const rehearsal = await under.writer.rehearse(write, never);

  expect(rehearsal).toMatchObject({ result: { metadata: { annotations: { race: `${races}` } } } });
  // The controller may still write: then the protocol is to rehearse again.
  const written = async () => {
    const again = await under.writer.rehearse(write, never);
    if (isRefusal(again)) throw new Error(again.refusal);
    const result = await under.writer.write(again.write, never);
    return result !== 'changed' && result;
  };
  expect(await waitFor(written, { what: 'the write to meet no other one' })).toMatchObject({
    spec: { template: { spec: { containers: [wanted] } } },
  });
});

test('a rehearsal that loses every race is refused with the reason', async () => {
  await using under = await open(probe('httpGet'));
  const write = { ...(await under.read()), object: under.deployment(probe('httpGet')) };
  under.disturb(Number.POSITIVE_INFINITY);

  expect(await under.writer.rehearse(write, never)).toMatchObject({
    refusal: expect.stringContaining('the object has been modified'),
  });
});

function probe(kind: 'httpGet' | 'tcpSocket') {
  return { name: 'app', image: 'none:1', readinessProbe: { [kind]: { port: 80 } } };
}

/** A deployment without pods, and a writer before whose every dry run somebody else can be made to write. */
async function open(container: JsonObject) {
  await using opened = new AsyncDisposableStack();
  const cluster = await kubernetes();
  const namespace = opened.use(await cluster.makeNamespace());
  const access = await openAccess({ kubeconfig: cluster.kubeconfig, context: null });
  opened.defer(() => access.close());
  const api = createApi(access);
  const path = `/apis/apps/v1/namespaces/${namespace.name}/deployments/cart`;
  let races = 0;
  let left = 0;
  const race = async () => {
    if (left-- <= 0) return;
    const body = { metadata: { annotations: { race: `${++races}` } } };
    await api.call({ method: 'PATCH', path, contentType: 'application/merge-patch+json', body }, never);
  };
  const disturbed: Api = {
    ...api,
    async call(call, signal) {
      if (call.query?.dryRun !== undefined && call.path === path) await race();
      return api.call(call, signal);
    },
  };
  const deployment = (wanted: JsonObject) => ({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'cart', namespace: namespace.name },
    spec: {
      replicas: 0,
      selector: { matchLabels: { app: 'cart' } },
      template: { metadata: { labels: { app: 'cart' } }, spec: { containers: [wanted] } },
    },
  });
  const writer = createObjectWriter(disturbed, discoverResources(api, namespace.name));
  const read = async (): Promise<Write> => {
    const object = deployment(container);
    const found = await writer.read({ ...object, name: 'cart' }, never);
    if (isRefusal(found)) throw new Error(found.refusal);
    return { ...found, object, fieldManager: 'trunkline', force: false };
  };
  const made = await writer.write(await read(), never);
  if (made === 'changed' || isRefusal(made)) throw new Error('the deployment could not be made');
  const owned = opened.move();
  return {
    writer,
    deployment,
    read,
    disturb: (times: number) => {
      left = times;
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}
