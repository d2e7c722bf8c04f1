import { type AdmissionWebhook, type ReviewedObject, startAdmissionWebhook } from './admission-webhook.ts';
import type { Kubernetes } from './kubernetes.ts';

/** What it makes of the time that pods have to end, whatever a Deployment says. */
export const mutatedGraceSeconds = 2;

/**
 * An admission webhook of a namespace that puts an annotation on every Deployment and ConfigMap that is written, and
 * changes a field that each Deployment says itself.
 */
export function startMutatingWebhook(kube: Kubernetes, namespace: string): Promise<AdmissionWebhook> {
  return startAdmissionWebhook(kube, namespace, {
    kind: 'MutatingWebhookConfiguration',
    resources: ['configmaps', 'deployments'],
    probe: { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'probe' } },
    review: mutated,
  });
}

function mutated({ kind, metadata }: ReviewedObject) {
  const annotations = { ...metadata.annotations, 'webhook.example.com/seen': 'yes' };
  const path = '/spec/template/spec/terminationGracePeriodSeconds';
  const patch = [
    { op: 'add', path: '/metadata/annotations', value: annotations },
    ...(kind === 'Deployment' ? [{ op: 'add', path, value: mutatedGraceSeconds }] : []),
  ];
  return {
    allowed: true,
    patchType: 'JSONPatch',
    patch: Buffer.from(JSON.stringify(patch)).toString('base64'),
  };
}
