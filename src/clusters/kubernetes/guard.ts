import type { Json, JsonObject } from '../../domain/json.ts';
import { listOf, recordOf, textOf } from '../json-reading.ts';
import { containersOf, type KubeObject, nameOf, podSpecsOf } from './objects.ts';

/**
 * What a manifest may not do: whoever can commit to a repository decides what runs in a namespace, but gets no power
 * over the cluster, its nodes, or the accounts in it.
 * @returns every objection, one line each
 */
export function objectionsTo(
  object: KubeObject,
  namespace: string,
  use: 'rollout' | 'job' = 'rollout',
): string[] {
  const objections = [
    ...(use === 'job' ? [] : kindObjections(object)),
    ...podSpecsOf(object).flatMap(podObjections),
    ...annotationsIn(object).flatMap(annotationObjections).map(reachesOut),
  ];
  const own = object.metadata.namespace;
  if (own !== undefined && own !== namespace) {
    objections.push(`names the namespace ${textOf(own)}, but this environment is the namespace ${namespace}`);
  }
  return objections.map((objection) => `${nameOf(object)} ${objection}`);
}

const accessKinds = new Set(['ServiceAccount', 'Role', 'RoleBinding', 'TokenRequest']);

function kindObjections({ apiVersion, kind, type, spec }: KubeObject): string[] {
  if (accessKinds.has(kind)) return ['decides who may do what in the cluster: ask its operators to make it'];
  if (kind === 'Secret' && type === 'kubernetes.io/service-account-token') {
    return ['would hold the token of a service account'];
  }
  if (kind === 'Endpoints' || kind === 'EndpointSlice') {
    return [
      'sends traffic to addresses that no selector has chosen: let a Service choose pods by their labels',
    ];
  }
  if (kind === 'Service' && recordOf(spec).externalIPs !== undefined) {
    return ['uses externalIPs, which can take over the traffic of others'];
  }
  if (kind === 'Pod' && apiVersion === 'v1')
    return ['is a bare pod, which cannot be rolled over: use a Deployment'];
  if (kind === 'Job')
    return ['is a Job, which cannot be changed once it exists: use a `job` step or a CronJob'];
  return [];
}

function reachesOut(objection: string): string {
  return `${objection}: refused, since that reaches beyond its pods`;
}

function podObjections(spec: JsonObject): string[] {
  const objections: string[] = [];
  const account = textOf(spec.serviceAccountName) || textOf(spec.serviceAccount);
  const chosen =
    account === '' || account === 'default'
      ? []
      : [`chooses the service account ${account}; pods here run under the namespace's default`];
  for (const key of ['hostNetwork', 'hostPID', 'hostIPC']) {
    if (spec[key] === true) objections.push(`uses ${key}`);
  }
  for (const volume of listOf(spec.volumes)) {
    if (volume.hostPath !== undefined) objections.push(`mounts a hostPath (volume ${textOf(volume.name)})`);
  }
  const security = recordOf(spec.securityContext);
  for (const { name } of listOf(security.sysctls)) {
    if (!harmlessSysctls.has(textOf(name)))
      objections.push(`sets the sysctl ${textOf(name)}, which the node's other pods share`);
  }
  objections.push(...confinementObjections(security));
  objections.push(...containersOf(spec).flatMap(containerObjections));
  return [...chosen, ...objections.map(reachesOut)];
}

/** What pods and containers alike may say of their confinement. */
function confinementObjections(security: JsonObject): string[] {
  const objections: string[] = [];
  if (recordOf(security.windowsOptions).hostProcess === true) objections.push('runs as a hostProcess');
  for (const key of ['seccompProfile', 'appArmorProfile']) {
    if (recordOf(security[key]).type === 'Unconfined') objections.push(`is Unconfined (${key})`);
  }
  const { type, user, role } = recordOf(security.seLinuxOptions);
  if (isGiven(user) || isGiven(role) || (isGiven(type) && !harmlessSeLinuxTypes.has(textOf(type)))) {
    objections.push('chooses its own seLinuxOptions');
  }
  return objections;
}

function isGiven(value: Json | undefined): boolean {
  return value !== undefined && value !== null && value !== '';
}

/** Wherever a pod template is: before there were fields for it, annotations said how a pod is confined. */
function annotationsIn(value: Json | undefined): JsonObject[] {
  if (typeof value !== 'object' || value === null) return [];
  if (Array.isArray(value)) return value.flatMap(annotationsIn);
  const own = recordOf(value.metadata).annotations;
  return [recordOf(own), ...Object.values(value).flatMap(annotationsIn)];
}

function annotationObjections(annotations: JsonObject): string[] {
  const isConfinement = /^(container\.)?(seccomp\.security|apparmor\.security)\./;
  return Object.entries(annotations)
    .filter(([key, value]) => isConfinement.test(key) && value === 'unconfined')
    .map(([key]) => `is unconfined (annotation ${key})`);
}

function containerObjections(container: JsonObject): string[] {
  const security = recordOf(container.securityContext);
  const objections = confinementObjections(security);
  if (security.privileged === true) objections.push('is privileged');
  if (security.procMount !== undefined && security.procMount !== 'Default')
    objections.push('changes procMount');
  const added = recordOf(security.capabilities).add;
  for (const capability of Array.isArray(added) ? added : []) {
    if (!harmlessCapabilities.has(textOf(capability))) {
      objections.push(`adds the capability ${textOf(capability)}`);
    }
  }
  for (const port of listOf(container.ports)) {
    if (port.hostPort !== undefined) objections.push(`takes the node's port ${port.hostPort} (hostPort)`);
  }
  return objections.map((objection) => `${objection} (container ${textOf(container.name)})`);
}

/** This and the two sets below are lists of the Pod Security Standard "baseline": what a container has by default anyway. */
const harmlessCapabilities = new Set([
  'AUDIT_WRITE',
  'CHOWN',
  'DAC_OVERRIDE',
  'FOWNER',
  'FSETID',
  'KILL',
  'MKNOD',
  'NET_BIND_SERVICE',
  'SETFCAP',
  'SETGID',
  'SETPCAP',
  'SETUID',
  'SYS_CHROOT',
]);

/** These are the pod's own. */
const harmlessSysctls = new Set([
  'kernel.shm_rmid_forced',
  'net.ipv4.ip_local_port_range',
  'net.ipv4.ip_local_reserved_ports',
  'net.ipv4.ip_unprivileged_port_start',
  'net.ipv4.ping_group_range',
  'net.ipv4.tcp_fin_timeout',
  'net.ipv4.tcp_keepalive_intvl',
  'net.ipv4.tcp_keepalive_probes',
  'net.ipv4.tcp_keepalive_time',
  'net.ipv4.tcp_rmem',
  'net.ipv4.tcp_syncookies',
  'net.ipv4.tcp_wmem',
]);

const harmlessSeLinuxTypes = new Set([
  'container_engine_t',
  'container_init_t',
  'container_kvm_t',
  'container_t',
]);
