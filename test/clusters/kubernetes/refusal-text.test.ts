import { expect, test } from 'vitest';
import { ApiError } from '../../../src/clusters/kubernetes/api-error.ts';
import { explainRefusal } from '../../../src/clusters/kubernetes/refusal-text.ts';

/** As Kubernetes 1.20 has said it, unless a line says otherwise. */
const told = (kind: string, message: string, causes: { field: string; message: string }[] = []) => {
  const details = { causes: causes.map((cause) => ({ reason: 'FieldValueInvalid', ...cause })) };
  const error = new ApiError({ status: 422, body: { message, details }, retryAfter: undefined });
  const data = { good: 'YQ==', bad: 'not base64!' };
  return explainRefusal({ apiVersion: 'v1', kind, metadata: { name: 'cart' }, data }, error);
};
const typed = 'failed to create typed patch object: ';

test.for([
  [
    'Deployment',
    `${typed}.spec.template.spec.containers[name="api"].imagePullPolcy: field not declared in schema`,
    '.spec.template.spec.containers[name="api"].imagePullPolcy is no field that it knows: is it spelt right, and at its right place?',
  ],
  [
    // 1.30
    'Deployment',
    'failed to create typed patch object (shop/cart; apps/v1, Kind=Deployment): errors:\n  .spec.a: field not declared in schema\n  .spec.b: field not declared in schema',
    '.spec.a, .spec.b are no fields that it knows: is it spelt right, and at its right place?',
  ],
  [
    'Deployment',
    `${typed}.spec.replicas: expected numeric (int or float), got *value.valueUnstructured`,
    '.spec.replicas must be a number',
  ],
  [
    'ConfigMap',
    `${typed}.data.port: expected string, got &value.valueUnstructured{Value:8080}`,
    '.data.port must be text, and is 8080: put it in quotes',
  ],
  [
    'Secret',
    'failed to convert new object to proper version: unable to convert unstructured object to /v1, Kind=Secret: error decoding from json: illegal base64 data at input byte 3',
    'data.bad is not base64: write it under stringData, as it is',
  ],
  [
    'PersistentVolumeClaim',
    'PersistentVolumeClaim "pvc" is invalid: spec: Forbidden: spec is immutable after creation except resources.requests for bound claims\n  core.PersistentVolumeClaimSpec{\n',
    'of a claim nothing can be changed but to grow it: put its old values back, or make a new claim under another name',
  ],
] as const)('%s: %s', ([kind, message, text]) => {
  const { refusal, details } = told(kind, message);

  expect(refusal).toBe(`the cluster refuses ${kind.toLowerCase()}/cart: ${text}`);
  expect(details?.join('\n')).toBe(message);
});

test.for([
  ['Deployment', 'spec.selector', 'field is immutable', /cannot be changed once it is there: .*another name/],
  ['Service', 'spec.clusterIPs[0]', 'may not change once set', /delete the Service first/],
  ['ConfigMap', 'data', 'field is immutable when `immutable` is set', /trunkline\/content-name/],
] as const)(
  'what cannot be changed of a %s has its way out in the same line',
  ([kind, field, message, text]) => {
    const { refusal } = told(kind, `${kind} "cart" is invalid: ${field}: Invalid value: ...: ${message}`, [
      { field, message: `Invalid value: ...: ${message}` },
    ]);

    expect(refusal).toMatch(new RegExp(`^the cluster refuses ${kind.toLowerCase()}/cart: `));
    expect(refusal).toContain(field);
    expect(refusal).toMatch(text);
  },
);

test('what is not known is passed on, its first line as the reason', () => {
  expect(told('Deployment', 'no such luck\nand more')).toEqual({
    refusal: 'the cluster refuses deployment/cart: no such luck',
    details: ['and more'],
  });
});
