import { expect, test } from 'vitest';
import type { FieldDrift, ObjectDrift } from '../../src/domain/drift.ts';
import { isCorrectable, withoutIgnored } from '../../src/domain/drift-rules.ts';

function changed(paths: string[], object = 'deployment/cart'): ObjectDrift {
  return { object, state: 'changed', fields: paths.map((path) => field(path)), note: null, deployId: 'd1' };
}

function field(path: string, values: Partial<FieldDrift> = {}): FieldDrift {
  return { path, applied: 'a', live: 'b', manager: null, at: null, ...values };
}

const gone: ObjectDrift = { ...changed([]), object: 'configmap/old', state: 'gone' };

test.for([
  ['spec.replicas', []],
  ['spec.template', ['spec.replicas']],
  ['*[*].resources', ['spec.replicas']],
  // A rule names whole fields, and no dot or bracket of it means anything else.
  ['spec.rep', ['spec.replicas', 'spec.template.spec.containers[api].resources.limits']],
  ['spec?replicas', ['spec.replicas', 'spec.template.spec.containers[api].resources.limits']],
] as const)('of the fields %s takes out itself and what is below it', ([path, left]) => {
  const paths = ['spec.replicas', 'spec.template.spec.containers[api].resources.limits'];
  const also = { object: null, path: 'spec.template' };
  const ignore = path === 'spec.replicas' ? [{ object: null, path }, also] : [{ object: null, path }];

  const found = withoutIgnored([changed(paths)], ignore);

  expect(found.flatMap(({ fields }) => fields.map((one) => one.path))).toEqual(left);
});

test('an object all of whose changes are ignored is as it was deployed, one that is gone is not', () => {
  const rules = [{ object: null, path: '*' }];

  expect(withoutIgnored([changed(['data.color']), gone], rules)).toEqual([gone]);
});

test('a rule for an object takes it out whatever became of it, and no other', () => {
  const drifts = [changed(['data.color']), gone];

  expect(withoutIgnored(drifts, [{ object: 'configmap/*', path: null }])).toEqual([drifts[0]]);
  expect(withoutIgnored(drifts, [{ object: 'config*/new', path: null }])).toEqual(drifts);
});

test('a change is corrected where deploying the same again brings the former value back', () => {
  const added = { ...gone, state: 'changed' as const, fields: [field('data.more', { applied: null })] };

  expect(isCorrectable(changed(['data.color']))).toBe(true);
  expect(isCorrectable(gone)).toBe(true);
  expect(isCorrectable({ ...gone, state: 'remade' })).toBe(true);
  expect(isCorrectable(added)).toBe(false);
  expect(isCorrectable(changed(['data.key'], 'secret/keys'))).toBe(false);
  expect(isCorrectable({ ...gone, state: 'unread' })).toBe(false);
});
