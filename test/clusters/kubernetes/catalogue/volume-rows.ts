import type { RolloutsUnderTest } from '../rollouts-under-test.ts';
import { type CatalogueRow, hasEndedTwice, hasEvent, serve } from './row.ts';

const makeTexts = ({ kubectl }: RolloutsUnderTest) =>
  kubectl('create', 'configmap', 'texts', '--from-literal=hello=hello');

export const volumeRows: CatalogueRow[] = [
  {
    what: 'a missing Secret in a volume',
    class: 'configuration-missing',
    text: /secret "cart-keys" not found/,
    container: { ...serve, volumeMounts: [{ name: 'keys', mountPath: '/keys' }] },
    pod: { volumes: [{ name: 'keys', secret: { secretName: 'cart-keys' } }] },
    windowMs: 30_000,
    isShown: hasEvent('FailedMount', /not found/),
  },
  {
    what: 'a missing key in one of the sources of a volume',
    class: 'configuration-missing',
    text: /non-existent config key: bye \(of configmap\/texts\)/,
    hint: /create it in the namespace/,
    container: { ...serve, volumeMounts: [{ name: 'all', mountPath: '/all' }] },
    pod: {
      volumes: [
        {
          name: 'all',
          projected: {
            sources: [
              { downwardAPI: { items: [{ path: 'name', fieldRef: { fieldPath: 'metadata.name' } }] } },
              { configMap: { name: 'texts', items: [{ key: 'bye', path: 'bye' }] } },
            ],
          },
        },
      ],
    },
    prepare: makeTexts,
    windowMs: 30_000,
    isShown: hasEvent('FailedMount', /non-existent/),
  },
  {
    what: 'a volume that is to be mounted below a file',
    class: 'crash',
    text: /container `api` cannot be started: nothing can be mounted at \/etc\/hosts\/hello: not a directory$/,
    hint: /mountPath and subPath/,
    container: {
      ...serve,
      volumeMounts: [{ name: 'texts', mountPath: '/etc/hosts/hello', subPath: 'hello' }],
    },
    pod: { volumes: [{ name: 'texts', configMap: { name: 'texts' } }] },
    prepare: makeTexts,
    windowMs: 0,
    isShown: hasEndedTwice,
  },
];
