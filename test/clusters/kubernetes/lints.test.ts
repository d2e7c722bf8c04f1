import { expect, test } from 'vitest';
import { at, recordOf } from '../../../src/clusters/json-reading.ts';
import { lintsOf } from '../../../src/clusters/kubernetes/lints.ts';
import type { KubeObject } from '../../../src/clusters/kubernetes/objects.ts';
import type { JsonObject } from '../../../src/domain/json.ts';

const sound = {
  name: 'api',
  image: `registry.example.com/shop/cart@sha256:${'a'.repeat(64)}`,
  readinessProbe: { httpGet: { path: '/', port: 80 } },
  resources: { limits: { memory: '64Mi' } },
};

test('a workload that leaves nothing to be wished for gets no warning', () => {
  expect(lintsOf([deployment({ replicas: 2 }, [sound]), budget({ minAvailable: 1 })])).toEqual([]);
});

test('containers without readiness probe and memory limit are named', () => {
  const { readinessProbe: _, resources: __, ...bare } = sound;

  expect(lintsOf([deployment({}, [bare, { ...bare, name: 'proxy' }])])).toEqual([
    'warning: deployment/cart: containers api and proxy have no readinessProbe: requests come as soon as it runs, whether it can answer or not [no-readiness-probe]',
    'warning: deployment/cart: containers api and proxy have no memory limit: what it takes too much, other pods of its node lack [no-memory-limit]',
    'warning: deployment/cart: containers api and proxy have no requests: it is put on a node without asking whether that has room, is the first to be evicted there, and a quota on requests refuses it [no-requests]',
  ]);
});

test.each(['redis', 'redis:latest', 'registry.example.com:5000/redis'])('%s is a moving image', (image) => {
  expect(lintsOf([deployment({}, [{ ...sound, image }])])).toEqual([
    `warning: deployment/cart: container api uses ${image}, which means another image tomorrow: name a version or a digest [moving-image]`,
  ]);
});

test('a version is none', () => {
  expect(lintsOf([deployment({}, [{ ...sound, image: 'redis:8.2' }])])).toEqual([]);
});

test.each([
  [{ minAvailable: 1 }, {}],
  [{ minAvailable: 2 }, { replicas: 2 }],
  [{ minAvailable: '100%' }, { replicas: 3 }],
  [{ maxUnavailable: 0 }, { replicas: 3 }],
])('a budget of %o for %o lets no pod go', (spec, workload) => {
  const [lint, ...more] = lintsOf([deployment(workload, [sound]), budget(spec)]);

  expect(lint).toMatch(
    /^warning: deployment\/cart: poddisruptionbudget\/cart does not let .* go: its node can never be drained \[undrainable\]$/,
  );
  expect(more).toEqual([]);
});

test('a budget of other pods is none of its business', () => {
  const other = budget({ minAvailable: 1, selector: { matchLabels: { app: 'web' } } });

  expect(lintsOf([deployment({}, [sound]), other])).toEqual([]);
});

test.for<[JsonObject, JsonObject, string, RegExp]>([
  [
    {},
    {},
    'ends-at-once',
    /container api has no preStop: requests still come for some seconds after SIGTERM/,
  ],
  [{}, { lifecycle: sleeps(30) }, 'short-grace', /\(30\) leave no time after preStop \(30 s\)/],
  [
    { replicas: 2, strategy: { rollingUpdate: { maxUnavailable: '100%' } } },
    {},
    'all-unavailable',
    /all of its 2 pods/,
  ],
  [{ strategy: { rollingUpdate: { maxUnavailable: 1 } } }, {}, 'all-unavailable', /all of its 1 pods/],
  [{ strategy: { type: 'Recreate' } }, {}, 'all-unavailable', /Recreate: during each rollout/],
  [{}, { livenessProbe: sound.readinessProbe }, 'same-probes', /the same readinessProbe and livenessProbe/],
])('behind a Service, %o with %o will lose requests: %s', ([spec, container, name, text]) => {
  const lints = lintsOf([deployment(spec, [{ ...sound, ...container }]), service()]);

  expect(lints).toContainEqual(expect.stringMatching(text));
  expect(lints).toContainEqual(expect.stringContaining(`[${name}]`));
});

test('what goes on serving after SIGTERM, with others beside it, loses none; nor does what no Service selects', () => {
  const gentle = deployment({ replicas: 2 }, [{ ...sound, lifecycle: sleeps(5) }]);
  const other = service({ app: 'web' });

  expect(lintsOf([gentle, service()])).toEqual([]);
  expect(lintsOf([deployment({ strategy: { type: 'Recreate' } }, [sound]), other])).toEqual([]);
});

test('a Service that sends requests to a port which no container names is told before the rollout', () => {
  const to = (targetPort: string) => ({
    ...service(),
    spec: { selector: { app: 'cart' }, ports: [{ port: 80, targetPort }] },
  });
  const named = { ...sound, ports: [{ name: 'http', containerPort: 80 }], lifecycle: sleeps(5) };
  const workload = deployment({ replicas: 2 }, [named]);

  expect(lintsOf([workload, to('http')])).toEqual([]);
  expect(lintsOf([workload, to('web')])).toEqual([
    'warning: deployment/cart: service/cart sends requests to a port named "web", which none of the containers has: name one of theirs so, or give its number as targetPort [dead-port]',
  ]);
});

test('a Service whose port is none of those that the containers name is told; where they name none, any will do', () => {
  const to = (targetPort: number) => ({
    ...service(),
    spec: { selector: { app: 'cart' }, ports: [{ port: 80, targetPort }] },
  });
  const named = { ...sound, ports: [{ containerPort: 8080 }], lifecycle: sleeps(5) };
  const nameless = { ...sound, lifecycle: sleeps(5) };

  expect(lintsOf([deployment({ replicas: 2 }, [named]), to(8080)])).toEqual([]);
  expect(lintsOf([deployment({ replicas: 2 }, [nameless]), to(9090)])).toEqual([]);
  expect(lintsOf([deployment({ replicas: 2 }, [named]), to(9090)])).toEqual([
    'warning: deployment/cart: service/cart sends requests to port 9090, and the containers name 8080: unless something listens there too, it answers nobody [undeclared-port]',
  ]);
});

test.for<[string, JsonObject, JsonObject, string | null]>([
  ['names no Service', {}, {}, 'it has no serviceName'],
  [
    'names one with an address of its own',
    { serviceName: 'cart' },
    {},
    'its serviceName leads to service/cart, which is not headless',
  ],
  ['names a headless one', { serviceName: 'cart' }, { clusterIP: 'None' }, null],
  ['names one that is not of the set', { serviceName: 'other' }, {}, null],
])('a StatefulSet that %s', ([, spec, ofService, why]) => {
  const gentle = { ...sound, lifecycle: sleeps(5) };
  const set = { ...deployment({ replicas: 2, ...spec }, [gentle]), kind: 'StatefulSet' };
  const { spec: served, ...rest } = service();
  const lints = lintsOf([set, { ...rest, spec: { ...recordOf(served), ...ofService } }]);

  const rule =
    'so its pods have no names of their own: name a Service with clusterIP: None there [no-pod-names]';
  expect(lints).toEqual(why === null ? [] : [`warning: statefulset/cart: ${why}, ${rule}`]);
});

test('a step says what is an error to it and what it accepts; what a workload accepts stays accepted', () => {
  const { readinessProbe: _, ...bare } = sound;
  const own = deployment({}, [{ ...bare, image: 'redis' }]);
  own.metadata.annotations = { 'trunkline/accepted-warnings': 'no-readiness-probe: it is a batch' };
  const levels = {
    'no-readiness-probe': 'error' as const,
    'moving-image': { accepted: 'mirrored by hand' },
  };

  expect(lintsOf([deployment({}, [{ ...bare, image: 'redis' }])], { levels })).toEqual([
    expect.stringMatching(
      /^error: deployment\/cart: container api has no readinessProbe: .* \[no-readiness-probe\]$/,
    ),
    'accepted: deployment/cart: moving-image, because: mirrored by hand',
  ]);
  expect(lintsOf([own], { levels })).toEqual([
    'accepted: deployment/cart: no-readiness-probe, because: it is a batch',
    'accepted: deployment/cart: moving-image, because: mirrored by hand',
  ]);
});

test('a number of replicas beside an autoscaler is one too many', () => {
  const scaler = {
    ...{ apiVersion: 'autoscaling/v2', kind: 'HorizontalPodAutoscaler', metadata: { name: 'cart' } },
    spec: { scaleTargetRef: { kind: 'Deployment', name: 'cart' } },
  };

  expect(lintsOf([deployment({ replicas: 2 }, [sound]), scaler])).toEqual([
    'warning: deployment/cart: it says replicas (2) although horizontalpodautoscaler/cart decides on them: leave them out [fixed-replicas]',
  ]);
  expect(lintsOf([deployment({}, [sound]), scaler])).toEqual([]);
});

test('so it is beside an object of KEDA, whose target is a Deployment where it does not say', () => {
  const scaled = {
    ...{ apiVersion: 'keda.sh/v1alpha1', kind: 'ScaledObject', metadata: { name: 'load' } },
    spec: { scaleTargetRef: { name: 'cart' } },
  };

  expect(lintsOf([deployment({ replicas: 2 }, [sound]), scaled])).toEqual([
    'warning: deployment/cart: it says replicas (2) although scaledobject/load decides on them: leave them out [fixed-replicas]',
  ]);
});

test('a warning is silenced by a reason, which is shown; not without one, and not where there is none', () => {
  const accepted = deployment({}, [sound]);
  accepted.metadata.annotations = {
    'trunkline/accepted-warnings':
      'ends-at-once: it answers for 10 s more: see main.go\nmoving-image: once upon a time\nno-memory-limit:\n',
  };

  expect(lintsOf([accepted, service()])).toEqual([
    'accepted: deployment/cart: ends-at-once, because: it answers for 10 s more: see main.go',
    'warning: deployment/cart: trunkline/accepted-warnings accepts moving-image, which it does not have: take the line out',
    'warning: deployment/cart: trunkline/accepted-warnings accepts no-memory-limit without a reason: write "no-memory-limit: why it is no harm"',
  ]);
});

test.for<[string, JsonObject, JsonObject, boolean]>([
  ['starts its new pod first', {}, {}, true],
  ['may not have more pods', { strategy: { rollingUpdate: { maxSurge: 0 } } }, {}, false],
  ['is recreated', { strategy: { type: 'Recreate' } }, {}, false],
  ['can have its volume on many nodes', {}, { accessModes: ['ReadWriteMany'] }, false],
])('a workload that %s waits for its own volume: %j %j %s', ([, spec, claimed, isHeld]) => {
  const holder = deployment(spec, [sound]);
  const volumes = [{ name: 'data', persistentVolumeClaim: { claimName: 'data' } }];
  Object.assign(recordOf(at(holder, 'spec', 'template', 'spec')), { volumes });
  const claim = {
    ...{ apiVersion: 'v1', kind: 'PersistentVolumeClaim', metadata: { name: 'data' } },
    spec: { accessModes: ['ReadWriteOnce'], ...claimed },
  };

  const line = expect.stringMatching(
    /persistentvolumeclaim\/data can be on one node at a time.*\[held-volume\]$/,
  );
  expect(lintsOf([holder, claim])).toEqual(isHeld ? [line] : []);
});

function sleeps(seconds: number): JsonObject {
  return { preStop: { exec: { command: ['sleep', String(seconds)] } } };
}

function service(selector: JsonObject = { app: 'cart' }): KubeObject {
  return { apiVersion: 'v1', kind: 'Service', metadata: { name: 'cart' }, spec: { selector } };
}

function deployment(spec: JsonObject, containers: JsonObject[]): KubeObject {
  const template = { metadata: { labels: { app: 'cart' } }, spec: { containers } };
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'cart' },
    spec: { ...spec, template },
  };
}

function budget(spec: JsonObject): KubeObject {
  return {
    apiVersion: 'policy/v1',
    kind: 'PodDisruptionBudget',
    metadata: { name: 'cart' },
    spec: { selector: { matchLabels: { app: 'cart' } }, ...spec },
  };
}
