import { expect, test } from 'vitest';
import { objectionsTo } from '../../../src/clusters/kubernetes/guard.ts';
import type { KubeObject } from '../../../src/clusters/kubernetes/objects.ts';
import type { JsonObject } from '../../../src/domain/json.ts';

function workload(pod: JsonObject, container: JsonObject = {}): KubeObject {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'cart' },
    spec: { template: { spec: { containers: [{ name: 'api', image: 'shop/cart', ...container }], ...pod } } },
  };
}

test('an ordinary workload meets no objection', () => {
  const object = workload(
    {
      serviceAccountName: 'default',
      volumes: [{ name: 'tmp', emptyDir: {} }],
      securityContext: {
        seccompProfile: { type: 'RuntimeDefault' },
        sysctls: [{ name: 'net.ipv4.tcp_syncookies', value: '1' }],
        seLinuxOptions: { level: 's0:c123,c456', type: 'container_t' },
      },
    },
    {
      securityContext: {
        privileged: false,
        capabilities: { drop: ['ALL'], add: ['NET_BIND_SERVICE'] },
        appArmorProfile: { type: 'RuntimeDefault' },
      },
    },
  );

  expect(objectionsTo(object, 'shop')).toEqual([]);
});

test.for<[string, JsonObject, JsonObject]>([
  ['chooses the service account admin', { serviceAccountName: 'admin' }, {}],
  ['chooses the service account admin', { serviceAccount: 'admin' }, {}],
  ['uses hostNetwork', { hostNetwork: true }, {}],
  ['uses hostPID', { hostPID: true }, {}],
  ['uses hostIPC', { hostIPC: true }, {}],
  ['mounts a hostPath (volume root)', { volumes: [{ name: 'root', hostPath: { path: '/' } }] }, {}],
  ['is privileged (container api)', {}, { securityContext: { privileged: true } }],
  ['adds the capability SYS_ADMIN', {}, { securityContext: { capabilities: { add: ['SYS_ADMIN'] } } }],
  ['changes procMount', {}, { securityContext: { procMount: 'Unmasked' } }],
  ["takes the node's port 80 (hostPort)", {}, { ports: [{ containerPort: 80, hostPort: 80 }] }],
  ['is Unconfined (seccompProfile)', { securityContext: { seccompProfile: { type: 'Unconfined' } } }, {}],
  [
    'is Unconfined (appArmorProfile) (container api)',
    {},
    { securityContext: { appArmorProfile: { type: 'Unconfined' } } },
  ],
  [
    'sets the sysctl kernel.msgmax',
    { securityContext: { sysctls: [{ name: 'kernel.msgmax', value: '1' }] } },
    {},
  ],
  ['chooses its own seLinuxOptions', { securityContext: { seLinuxOptions: { type: 'spc_t' } } }, {}],
  [
    'chooses its own seLinuxOptions (container api)',
    {},
    { securityContext: { seLinuxOptions: { role: 'sysadm_r' } } },
  ],
  ['runs as a hostProcess', { securityContext: { windowsOptions: { hostProcess: true } } }, {}],
])('what %s is refused', ([objection, pod, container]) => {
  expect(objectionsTo(workload(pod, container), 'shop')).toEqual([expect.stringContaining(objection)]);
});

test.for([
  'container.apparmor.security.beta.kubernetes.io/api',
  'container.seccomp.security.alpha.kubernetes.io/api',
  'seccomp.security.alpha.kubernetes.io/pod',
])('a pod that the annotation %s leaves unconfined is refused', (key) => {
  const annotated = (value: string): KubeObject => ({
    ...workload({}),
    spec: { template: { metadata: { annotations: { [key]: value } }, spec: { containers: [] } } },
  });

  expect(objectionsTo(annotated('unconfined'), 'shop')).toEqual([
    `deployment/cart is unconfined (annotation ${key}): refused, since that reaches beyond its pods`,
  ]);
  expect(objectionsTo(annotated('runtime/default'), 'shop')).toEqual([]);
});

test('an init container, and one in a custom resource, is looked at like any other', () => {
  const init = workload({ initContainers: [{ name: 'setup', securityContext: { privileged: true } }] });
  const custom = { ...workload({ hostNetwork: true }), apiVersion: 'example.com/v1', kind: 'Rollout' };

  expect(objectionsTo(init, 'shop')).toEqual([
    'deployment/cart is privileged (container setup): refused, since that reaches beyond its pods',
  ]);
  expect(objectionsTo(custom, 'shop')).toEqual([
    'rollout/cart uses hostNetwork: refused, since that reaches beyond its pods',
  ]);
});

test.for<[string, KubeObject]>([
  [
    'decides who may do what',
    { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'RoleBinding', metadata: { name: 'a' } },
  ],
  [
    'token of a service account',
    {
      apiVersion: 'v1',
      kind: 'Secret',
      type: 'kubernetes.io/service-account-token',
      metadata: { name: 'a' },
    },
  ],
  [
    'externalIPs',
    { apiVersion: 'v1', kind: 'Service', spec: { externalIPs: ['1.2.3.4'] }, metadata: { name: 'a' } },
  ],
  [
    'sends traffic to addresses',
    { apiVersion: 'v1', kind: 'Endpoints', metadata: { name: 'a' }, subsets: [] },
  ],
  [
    'sends traffic to addresses',
    { apiVersion: 'discovery.k8s.io/v1', kind: 'EndpointSlice', metadata: { name: 'a' }, endpoints: [] },
  ],
  [
    'names the namespace kube-system',
    { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a', namespace: 'kube-system' } },
  ],
])('an object that %s is refused', ([objection, object]) => {
  expect(objectionsTo(object, 'shop')).toEqual([expect.stringContaining(objection)]);
});
