import { describe, expect, it } from 'vitest';
import { withQuantityTexts } from '../../../src/clusters/kubernetes/quantity-text.ts';
import type { JsonObject } from '../../../src/domain/json.ts';

describe('quantities written as numbers', () => {
  it.each([
    {
      what: 'of a container',
      apiVersion: 'apps/v1',
      spec: (one: Quantity) =>
        workload({ containers: [{ name: 'api', resources: { limits: { cpu: one } } }] }),
    },
    {
      what: 'of an init container and a volume of a cron job',
      apiVersion: 'batch/v1beta1',
      spec: (one: Quantity) => ({
        jobTemplate: {
          spec: workload({
            initContainers: [{ resources: { requests: { memory: one } } }],
            volumes: [{ emptyDir: { sizeLimit: one } }],
          }),
        },
      }),
    },
    { what: 'of a quota', apiVersion: 'v1', spec: (one: Quantity) => ({ hard: { pods: one } }) },
    {
      what: 'of a limit range',
      apiVersion: 'v1',
      spec: (one: Quantity) => ({
        limits: [{ type: 'Container', max: { cpu: one }, default: { cpu: one } }],
      }),
    },
    {
      what: 'of a scaler, whose other numbers stay',
      apiVersion: 'autoscaling/v2beta2',
      spec: (one: Quantity) => ({
        minReplicas: 2,
        metrics: [{ pods: { target: { type: 'AverageValue', averageValue: one } } }],
      }),
    },
  ])('become text: $what', ({ apiVersion, spec }) => {
    const object = { apiVersion, kind: 'Thing', metadata: { name: 'cart' } };

    expect(withQuantityTexts({ ...object, spec: spec(0.5) })).toEqual({ ...object, spec: spec('0.5') });
    expect(withQuantityTexts({ ...object, spec: spec(1073741824) })).toEqual({
      ...object,
      spec: spec('1073741824'),
    });
    expect(withQuantityTexts({ ...object, spec: spec('1Gi') })).toEqual({ ...object, spec: spec('1Gi') });
  });

  it('stay in custom resources, and numbers that are no quantities everywhere', () => {
    const custom = {
      apiVersion: 'example.com/v1',
      kind: 'Thing',
      metadata: { name: 'cart' },
      spec: { resources: { limits: { cpu: 1 } } },
    };
    const service = {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'cart' },
      spec: { ports: [{ port: 80, targetPort: 8080 }] },
    };

    expect(withQuantityTexts(custom)).toEqual(custom);
    expect(withQuantityTexts(service)).toEqual(service);
  });
});

type Quantity = number | string;

function workload(podSpec: JsonObject): JsonObject {
  return { template: { spec: podSpec } };
}
