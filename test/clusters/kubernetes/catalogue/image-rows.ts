import { type CatalogueRow, waitsFor } from './row.ts';

export const imageRows: CatalogueRow[] = [
  {
    what: 'an image that does not exist',
    class: 'image-missing',
    text: /shop\/gone:1 does not exist/,
    hint: /pushed/,
    container: { image: 'REGISTRY/shop/gone:1' },
    windowMs: 0,
    isShown: waitsFor(/ImagePull/),
  },
  {
    what: 'an image that the node may not pull',
    class: 'image-denied',
    text: /the node may not pull \S+\/shop\/closed:1: .*no basic auth credentials/,
    hint: /pull secret/,
    container: { image: 'CLOSED/shop/closed:1' },
    // For two attempts, with the pause that the node makes between them.
    windowMs: 30_000,
    isShown: waitsFor(/ImagePull/),
  },
  {
    what: 'a registry that the node cannot reach',
    class: 'image-unreachable',
    text: /the node cannot pull 127\.0\.0\.1:1\/shop\/far:1: (?!rpc error|Error response).*connection refused/,
    hint: /reaches the registry/,
    container: { image: '127.0.0.1:1/shop/far:1' },
    windowMs: 120_000,
    isShown: waitsFor(/ImagePull/),
  },
  {
    what: 'an image that must be on the node and is not',
    class: 'image-invalid',
    text: /ErrImageNeverPull for the image shop\/nowhere:1/,
    hint: /^Its imagePullPolicy is Never/,
    container: { image: 'shop/nowhere:1', imagePullPolicy: 'Never' },
    windowMs: 0,
    isShown: waitsFor(/ErrImageNeverPull/),
  },
  {
    what: 'an image whose name is none',
    class: 'image-invalid',
    text: /InvalidImageName for the image Shop\/CART/,
    hint: /^Correct the name of the image/,
    container: { image: 'Shop/CART' },
    windowMs: 0,
    isShown: waitsFor(/InvalidImageName/),
  },
];
