import { readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { makeCertificate } from './certificate.ts';
import type { Kubernetes } from './kubernetes.ts';
import { temporaryFolder } from './temporary-folder.ts';
import { waitFor } from './wait-for.ts';

interface Review {
  request: { uid: string; object: { kind: string; metadata: { annotations?: Record<string, string> } } };
}

/** What it makes of the time that pods have to end, whatever a Deployment says. */
export const mutatedGraceSeconds = 2;

/**
 * An admission webhook of a namespace that puts an annotation on every Deployment and ConfigMap that is written, and
 * changes a field that each Deployment says itself.
 */
export async function startMutatingWebhook({ kubectl }: Kubernetes, namespace: string) {
  await using resources = new AsyncDisposableStack();
  const folder = resources.use(await temporaryFolder());
  const pair = await makeCertificate(folder.path);
  const certificate = await readFile(pair.certificate);
  const server = createServer({ key: await readFile(pair.key), cert: certificate }, (request, response) => {
    void request.toArray().then((chunks) => {
      const review = JSON.parse(Buffer.concat(chunks).toString()) as Review;
      response.setHeader('content-type', 'application/json').end(JSON.stringify(mutated(review)));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  resources.defer(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  await kubectl('label', 'namespace', namespace, `webhook=${namespace}`);
  resources.defer(async () => {
    await kubectl('delete', 'mutatingwebhookconfiguration', namespace, '--ignore-not-found');
  });
  const file = `${folder.path}/webhook.json`;
  const url = `https://127.0.0.1:${port}/`;
  await writeJson(file, configuration(namespace, { url, caBundle: certificate.toString('base64') }));
  await kubectl('apply', '-f', file);
  await writeJson(file, { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'probe', namespace } });
  const tryOut = () => kubectl('apply', '--dry-run=server', '-o', 'json', '-f', file);
  await waitFor(async () => (await tryOut()).includes('webhook.example.com/seen'), {
    what: 'the webhook to be called',
  });
  const owned = resources.move();
  return { [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

async function writeJson(file: string, value: unknown): Promise<void> {
  await writeFile(file, JSON.stringify(value));
}

function configuration(name: string, clientConfig: { url: string; caBundle: string }) {
  return {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'MutatingWebhookConfiguration',
    metadata: { name },
    webhooks: [
      {
        name: 'seen.webhook.example.com',
        clientConfig,
        admissionReviewVersions: ['v1'],
        sideEffects: 'None',
        failurePolicy: 'Fail',
        namespaceSelector: { matchLabels: { webhook: name } },
        rules: [
          {
            apiGroups: ['', 'apps'],
            apiVersions: ['v1'],
            operations: ['CREATE', 'UPDATE'],
            resources: ['configmaps', 'deployments'],
          },
        ],
      },
    ],
  };
}

function mutated({ request: { uid, object } }: Review) {
  const annotations = { ...object.metadata.annotations, 'webhook.example.com/seen': 'yes' };
  const path = '/spec/template/spec/terminationGracePeriodSeconds';
  const patch = [
    { op: 'add', path: '/metadata/annotations', value: annotations },
    ...(object.kind === 'Deployment' ? [{ op: 'add', path, value: mutatedGraceSeconds }] : []),
  ];
  return {
    apiVersion: 'admission.k8s.io/v1',
    kind: 'AdmissionReview',
    response: {
      uid,
      allowed: true,
      patchType: 'JSONPatch',
      patch: Buffer.from(JSON.stringify(patch)).toString('base64'),
    },
  };
}
