import { expect, test } from 'vitest';
import { notNamedLine } from '../../src/steps/deploy/not-named.ts';

const image = (step: string, host = 'registry.example.com') => {
  const name = `shop/${step}`;
  return { step, name, reference: `${host}/${name}@sha256:${'a'.repeat(64)}`, isTakenElsewhere: true };
};
const planOf = (...references: string[]) => ({
  workloads: [{ name: 'deployment/cart', target: 't', images: {} }],
  manifests: references.map((reference) => ({ kind: 'CronJob', image: reference })),
});

test('what a plan leaves out of the built images is told in one line, each once', () => {
  const [cart, base, mail] = [image('cart'), image('base'), image('mail')];

  expect(notNamedLine(planOf(cart.reference), [cart])).toBeUndefined();
  expect(notNamedLine(planOf(cart.reference), [cart, image('cart', 'mirror.example.com')])).toBeUndefined();
  expect(notNamedLine(planOf(cart.reference), [cart, base, image('base', 'mirror.example.com')])).toBe(
    'image shop/base of step base is not named in these manifests: not deployed by this step',
  );
  expect(notNamedLine(planOf(cart.reference), [base, cart, mail])).toBe(
    'images shop/base of step base, shop/mail of step mail are not named in these manifests: not deployed by this step',
  );
});
