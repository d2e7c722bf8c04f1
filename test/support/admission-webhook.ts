import { readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { makeCertificate } from './certificate.ts';
import type { Kubernetes } from './kubernetes.ts';
import { temporaryFolder } from './temporary-folder.ts';
import { waitFor } from './wait-for.ts';

export interface ReviewedObject {
  kind: string;
  metadata: { annotations?: Record<string, string> };
}

export interface AdmissionWebhookOptions {
  kind: 'MutatingWebhookConfiguration' | 'ValidatingWebhookConfiguration';
  /** Of the core group and of `apps`, in the plural. */
  resources: string[];
  /** One of them, that nobody minds being asked for. */
  probe: object;
  /** What it says of an object that is written: the response of an AdmissionReview, without its uid. */
  review(object: ReviewedObject): object;
}

export interface AdmissionWebhook extends AsyncDisposable {
  /** From now on nobody answers there. */
  leave(): Promise<void>;
}

/** An admission webhook of one namespace, in this process; the API server asks it when this resolves. */
export async function startAdmissionWebhook(
  { kubectl }: Kubernetes,
  namespace: string,
  { kind, resources, probe, review }: AdmissionWebhookOptions,
): Promise<AdmissionWebhook> {
  await using opening = new AsyncDisposableStack();
  const folder = opening.use(await temporaryFolder());
  const pair = await makeCertificate(folder.path);
  const certificate = await readFile(pair.certificate);
  let isAsked = false;
  const server = createServer({ key: await readFile(pair.key), cert: certificate }, (request, response) => {
    void request.toArray().then((chunks) => {
      isAsked = true;
      const asked = JSON.parse(Buffer.concat(chunks).toString()).request;
      const answer = { uid: asked.uid, ...review(asked.object) };
      response
        .setHeader('content-type', 'application/json')
        .end(
          JSON.stringify({ apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview', response: answer }),
        );
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const leave = async () => {
    server.closeAllConnections();
    server.close();
  };
  opening.defer(leave);
  const { port } = server.address() as AddressInfo;
  await kubectl('label', 'namespace', namespace, `webhook=${namespace}`);
  opening.defer(async () => {
    await kubectl('delete', kind, namespace, '--ignore-not-found');
  });
  const clientConfig = { url: `https://127.0.0.1:${port}/`, caBundle: certificate.toString('base64') };
  const file = `${folder.path}/webhook.json`;
  await writeFile(file, JSON.stringify(configuration(namespace, { kind, resources, clientConfig })));
  await kubectl('apply', '-f', file);
  await writeFile(file, JSON.stringify(probe));
  const hasAsked = async () => {
    await kubectl('-n', namespace, 'create', '--dry-run=server', '-f', file).catch(() => undefined);
    return isAsked;
  };
  await waitFor(hasAsked, { what: 'the webhook to be asked' });
  const owned = opening.move();
  return { leave, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

interface Configuration extends Pick<AdmissionWebhookOptions, 'kind' | 'resources'> {
  clientConfig: { url: string; caBundle: string };
}

function configuration(name: string, { kind, resources, clientConfig }: Configuration) {
  const rule = { apiGroups: ['', 'apps'], apiVersions: ['v1'], operations: ['CREATE', 'UPDATE'], resources };
  return {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind,
    metadata: { name },
    webhooks: [
      {
        name: 'rules.webhook.example.com',
        clientConfig,
        admissionReviewVersions: ['v1'],
        sideEffects: 'None',
        failurePolicy: 'Fail',
        namespaceSelector: { matchLabels: { webhook: name } },
        rules: [rule],
      },
    ],
  };
}
