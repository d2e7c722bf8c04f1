import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  formatImageReference,
  isImageName,
  isRegistryHost,
  parseImageReference,
  sameImageName,
} from '../../src/domain/image-reference.ts';

const digest = `sha256:${'0'.repeat(64)}`;

describe('an image reference', () => {
  test.each([
    ['cart', null, 'cart', null, null],
    ['shop/cart:1', null, 'shop/cart', '1', null],
    ['localhost/cart', 'localhost', 'cart', null, null],
    ['registry:5000/shop/cart:v1.2', 'registry:5000', 'shop/cart', 'v1.2', null],
    ['Registry.Example.com/cart', 'registry.example.com', 'cart', null, null],
    [`registry.example.com/shop/cart@${digest}`, 'registry.example.com', 'shop/cart', null, digest],
    [`shop/cart:1@${digest}`, null, 'shop/cart', '1', digest],
    ['[::1]:5000/cart', '[::1]:5000', 'cart', null, null],
    ['my.app', null, 'my.app', null, null],
  ])('%s', (...[text, host, name, tag, wantedDigest]) => {
    expect(parseImageReference(text)).toEqual({ host, name, tag, digest: wantedDigest });
  });

  test.each([
    '',
    'Cart',
    'a b',
    '/cart',
    'cart/',
    'a//b',
    'cart:',
    'cart:a:b',
    'cart@sha256:1',
    '-cart',
    'a/../b',
    'http://x/cart',
    'cart@',
    'a'.repeat(300),
  ])('%j is none', (text) => {
    expect(parseImageReference(text)).toBeNull();
  });

  test('survives being taken apart and put together', () => {
    const reference = fc.record({
      host: fc.constantFrom(null, 'localhost', 'registry.example.com', '127.0.0.1:5000'),
      name: fc.stringMatching(/^[a-z0-9]{1,8}(?:(?:\.|_|__|-+)[a-z0-9]{1,8})?(?:\/[a-z0-9]{1,8}){0,3}$/),
      tag: fc.option(fc.stringMatching(/^[A-Za-z0-9_][A-Za-z0-9_.-]{0,20}$/)),
      digest: fc.constantFrom(null, digest),
    });
    fc.assert(
      fc.property(reference, (wanted) => {
        fc.pre(wanted.host !== null || !/^(?:localhost|[^/]*\.[^/]*)\//.test(wanted.name));

        expect(parseImageReference(formatImageReference(wanted))).toEqual(wanted);
      }),
    );
  });
});

test.each([
  ['shop/cart', true],
  ['shop/cart:old', true],
  [`shop/cart@${digest}`, true],
  ['registry.example.com/shop/cart:1', true],
  ['other.example.com/shop/cart:1', false],
  ['cart', false],
  ['shop/cart2', false],
  ['x/shop/cart', false],
  ['not an image', false],
])('a container with the image %s means the built image shop/cart: %s', (image, expected) => {
  expect(sameImageName(image, 'shop/cart', ['Registry.example.com'])).toBe(expected);
});

test('names and hosts are told apart from whole references', () => {
  expect([isImageName('shop/cart'), isImageName('shop/cart:1'), isImageName('a:5000/b')]).toEqual([
    true,
    false,
    false,
  ]);
  expect([
    isRegistryHost('registry:5000'),
    isRegistryHost('https://registry'),
    isRegistryHost('registry/x'),
  ]).toEqual([true, false, false]);
});
