import { expect, test } from 'vitest';
import type { JobRequest } from '../../../../src/clusters/cluster-jobs.ts';
import { renderJob } from '../../../../src/clusters/kubernetes/jobs/render-job.ts';
import type { JsonObject } from '../../../../src/domain/json.ts';

const cart = {
  step: 'image',
  name: 'shop/cart',
  reference: `registry.example.com/shop/cart@sha256:${'a'.repeat(64)}`,
};
const docs = {
  step: 'docs',
  name: 'shop/docs',
  reference: `registry.example.com/shop/docs@sha256:${'b'.repeat(64)}`,
};

test('a Job gets the pushed digests, runs once, and ends with its step at the latest', () => {
  const job = render({ template: { spec: { containers: [{ name: 'sql', image: 'shop/cart' }] } } });

  expect(job).toMatchObject({
    metadata: { name: 'migrate' },
    spec: {
      backoffLimit: 0,
      activeDeadlineSeconds: 60,
      ttlSecondsAfterFinished: 86_400,
      template: {
        spec: { restartPolicy: 'Never', containers: [{ name: 'sql', image: cart.reference }] },
      },
    },
  });
});

test('what a manifest says of tries and of an earlier end holds; that it vanishes at once does not', () => {
  const spec = { restartPolicy: 'OnFailure', containers: [{ name: 'sql', image: 'postgres:17' }] };
  const own = { backoffLimit: 3, activeDeadlineSeconds: 5, ttlSecondsAfterFinished: 0, template: { spec } };

  expect(render(own)).toMatchObject({
    spec: {
      ...{ backoffLimit: 3, activeDeadlineSeconds: 5, ttlSecondsAfterFinished: 86_400 },
      template: { spec: { restartPolicy: 'OnFailure' } },
    },
  });
});

test('commands run in a shell in the pushed image', () => {
  const env = { REVISION: '7' };
  const source = {
    kind: 'commands' as const,
    name: 'cart-migrate',
    image: cart.reference,
    script: 'echo a',
    env,
    secrets: ['TOKEN'],
  };

  expect(renderJob({ ...request(source) }, 'shop')).toMatchObject({
    kind: 'Job',
    metadata: { name: 'cart-migrate' },
    spec: {
      template: {
        spec: {
          containers: [
            {
              image: cart.reference,
              command: ['/bin/sh', '-e', '-c', 'echo a'],
              env: [
                { name: 'REVISION', value: '7' },
                // The Secret has a name when the job has.
                { name: 'TOKEN', valueFrom: { secretKeyRef: { name: '', key: 'TOKEN' } } },
              ],
            },
          ],
        },
      },
    },
  });
});

test.each([
  ['', 'deploy/migrate.yaml holds no Job'],
  [
    '{ apiVersion: apps/v1, kind: Deployment, metadata: { name: cart } }',
    'deploy/migrate.yaml holds deployment/cart of apps/v1, not a Job of batch/v1',
  ],
  [
    `${jobText({})}\n---\n{ apiVersion: v1, kind: ConfigMap, metadata: { name: a } }`,
    'deploy/migrate.yaml holds configmap/a besides job/migrate: a job step takes one Job',
  ],
  [
    jobText({ template: { spec: { hostNetwork: true, containers: [] } } }),
    'job/migrate uses hostNetwork: refused, since that reaches beyond its pods',
  ],
])('a manifest that is no single harmless Job is refused: %s', (text, refusal) => {
  const source = { kind: 'manifest' as const, file: { path: 'deploy/migrate.yaml', text } };

  expect(renderJob(request(source), 'shop')).toMatchObject({ refusal });
});

function render(spec: JsonObject) {
  const file = { path: 'deploy/migrate.yaml', text: jobText(spec) };
  return renderJob(request({ kind: 'manifest', file }), 'shop');
}

function request(source: JobRequest['source']): JobRequest {
  return { source, images: [cart, docs], requireDigests: false, deadlineSeconds: 60 };
}

function jobText(spec: JsonObject): string {
  return JSON.stringify({ apiVersion: 'batch/v1', kind: 'Job', metadata: { name: 'migrate' }, spec });
}
