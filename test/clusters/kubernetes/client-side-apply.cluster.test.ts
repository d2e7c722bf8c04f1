import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { isRefusal } from '../../../src/clusters/cluster.ts';
import { openAccess } from '../../../src/clusters/kubernetes/access.ts';
import { createApi } from '../../../src/clusters/kubernetes/api.ts';
import { createObjectWriter, type Write } from '../../../src/clusters/kubernetes/object-writer.ts';
import type { KubeObject } from '../../../src/clusters/kubernetes/objects.ts';
import { discoverResources } from '../../../src/clusters/kubernetes/resource-paths.ts';
import type { JsonObject } from '../../../src/domain/json.ts';
import { kubernetes } from '../../support/kubernetes.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { waitFor } from '../../support/wait-for.ts';

const never = new AbortController().signal;
const probe = { readinessProbe: { httpGet: { path: '/', port: 80 } } };
const env = [
  { name: 'KEPT', value: '1' },
  { name: 'DROPPED', value: '1' },
];

test.for([
  { what: 'a field', had: { env, resources: { limits: { memory: '1Gi' } } } },
  { what: 'a probe, which can only go as a whole', had: { env, ...probe } },
])(
  '$what that kubectl apply had set and the manifest no longer says goes at the first apply, as the dry run told',
  async ({ had }) => {
    await using under = await open();
    await under.kubectlApply(deployment(had, { note: 'of kubectl', team: 'shop' }));
    await under.kubectl('annotate', 'deployment', 'cart', 'owner=ann');

    const { rehearsed, written } = await under.apply(deployment({ env: env.slice(0, 1) }, { team: 'shop' }));

    for (const object of [rehearsed, written]) {
      expect(containerOf(object)).toMatchObject({ env: env.slice(0, 1), resources: {} });
      expect(containerOf(object)).not.toHaveProperty('readinessProbe');
      expect(object.metadata.annotations).toMatchObject({ team: 'shop', owner: 'ann' });
      expect(object.metadata.annotations).not.toHaveProperty('note');
      expect(object.metadata.annotations).not.toHaveProperty([
        'kubectl.kubernetes.io/last-applied-configuration',
      ]);
    }
    expect(rehearsed.spec).toEqual(written.spec);
    expect(managersOf(written)).toContain('trunkline Apply');
    expect(managersOf(written)).not.toContain('kubectl-client-side-apply Update');
  },
);

test('a key of a ConfigMap, and all keys of one, go the same way', async () => {
  await using under = await open();
  await under.kubectlApply(configMap({ data: { kept: '1', dropped: '1' }, binaryData: { old: 'AAAA' } }));

  const { rehearsed, written } = await under.apply(configMap({ data: { kept: '2' } }));

  expect(written.data).toEqual({ kept: '2' });
  expect(written).not.toHaveProperty('binaryData');
  expect(rehearsed).toMatchObject({ data: { kept: '2' } });
  expect(rehearsed).not.toHaveProperty('binaryData');
});

test('what kubectl apply added since our last apply goes at the next one', async () => {
  await using under = await open();
  await under.apply(configMap({ data: { ours: '1' } }));
  await under.kubectlApply(configMap({ data: { theirs: '1' } }));

  expect((await under.apply(configMap({ data: { ours: '1' } }))).written.data).toEqual({ ours: '1' });
});

test('ownership is not moved where somebody has changed the object since it was read', async () => {
  await using under = await open();
  await under.kubectlApply(configMap({ data: { kept: '1' } }));
  const write = await under.read(configMap({ data: {} }));
  await under.kubectl('annotate', 'configmap', 'cart', 'owner=ann');

  expect(await under.writer.write(write, never)).toBe('changed');
  const { live } = await under.read(configMap({}));
  expect(live && managersOf(live)).toContain('kubectl-client-side-apply Update');
});

test('a change of images leaves to kubectl apply what it has applied', async () => {
  await using under = await open();
  await under.kubectlApply(deployment({ env, ...probe }));
  const { selector: _selector, replicas: _replicas, ...spec } = deployment({ image: 'none:2' }).spec;

  const { written } = await under.apply({ ...deployment({}), spec }, 'trunkline-images');

  expect(containerOf(written)).toMatchObject({ image: 'none:2', env, ...probe });
  expect(managersOf(written)).toContain('kubectl-client-side-apply Update');
});

function deployment(container: JsonObject, annotations: JsonObject = {}) {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'cart', annotations },
    spec: {
      replicas: 0,
      selector: { matchLabels: { app: 'cart' } },
      template: {
        metadata: { labels: { app: 'cart' } },
        spec: { containers: [{ name: 'app', image: 'none:1', ...container }] },
      },
    },
  };
}

function configMap(content: JsonObject): KubeObject {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'cart' }, ...content };
}

function containerOf(object: KubeObject): unknown {
  return JSON.parse(JSON.stringify(object)).spec.template.spec.containers[0];
}

function managersOf(object: KubeObject): string[] {
  const entries = (object.metadata.managedFields ?? []) as JsonObject[];
  return entries.map(({ manager, operation }) => `${manager} ${operation}`);
}

/** A namespace, changed by kubectl and by a writer of ours. */
async function open() {
  await using opened = new AsyncDisposableStack();
  const cluster = await kubernetes();
  const namespace = opened.use(await cluster.makeNamespace());
  const folder = opened.use(await temporaryFolder());
  const access = await openAccess({ kubeconfig: cluster.kubeconfig, context: null });
  opened.defer(() => access.close());
  const api = createApi(access);
  const writer = createObjectWriter(api, discoverResources(api, namespace.name));
  const kubectl = (...args: string[]) => cluster.kubectl('-n', namespace.name, ...args);
  const read = async (object: KubeObject, fieldManager = 'trunkline'): Promise<Write> => {
    const found = await writer.read({ ...object, name: object.metadata.name }, never);
    if (isRefusal(found)) throw new Error(found.refusal);
    return { ...found, object, fieldManager, force: false };
  };
  // A controller may write in between: then the protocol is to rehearse again.
  const applyOnce = async (object: KubeObject, fieldManager?: string) => {
    const rehearsal = await writer.rehearse(await read(object, fieldManager), never);
    if (isRefusal(rehearsal)) throw new Error(rehearsal.refusal);
    const written = await writer.write(rehearsal.write, never);
    if (written === 'changed') return false;
    if (isRefusal(written)) throw new Error(written.refusal);
    return { rehearsed: rehearsal.result, written };
  };
  const apply = (object: KubeObject, fieldManager?: string) =>
    waitFor(() => applyOnce(object, fieldManager), { what: 'the write to meet no other one' });
  const kubectlApply = async (object: KubeObject) => {
    const file = join(folder.path, 'object.json');
    await writeFile(file, JSON.stringify(object));
    await kubectl('apply', '--server-side=false', '-f', file);
  };
  const owned = opened.move();
  return { writer, kubectl, kubectlApply, read, apply, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}
