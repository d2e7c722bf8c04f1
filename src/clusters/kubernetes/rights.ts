import { stringify } from 'yaml';
import { Fault } from '../../domain/fault.ts';
import type { JsonObject } from '../../domain/json.ts';
import { isRefusal, type PlanRequest } from '../cluster.ts';
import { at, listOf, textOf } from '../json-reading.ts';
import type { Api } from './api.ts';
import { workloadKinds } from './objects.ts';
import { renderManifests, renderStored } from './render.ts';
import type { KindName, ResourcePaths } from './resource-paths.ts';

/** Verbs on resources of one API group. */
interface Rule {
  group: string;
  resource: string;
  verbs: string[];
}

export interface RightsDeps {
  api: Api;
  namespace: string;
  resources: ResourcePaths;
}

/** To watch a rollout to its end, and to say why it failed; the last ones are done without where they are missing. */
const watching: Rule[] = [
  ...['deployments', 'statefulsets', 'daemonsets'].map((resource) => ({
    ...{ group: 'apps', resource, verbs: ['list', 'watch'] },
  })),
  { group: '', resource: 'pods', verbs: ['list', 'watch'] },
  { group: '', resource: 'pods/log', verbs: ['get'] },
  { group: '', resource: 'pods/proxy', verbs: ['get'] },
  { group: '', resource: 'events', verbs: ['list'] },
  { group: '', resource: 'services', verbs: ['list'] },
  { group: 'discovery.k8s.io', resource: 'endpointslices', verbs: ['list'] },
  { group: '', resource: 'resourcequotas', verbs: ['get', 'list'] },
];

/** The kinds that a deployment writes. */
export function kindsOf(request: PlanRequest, namespace: string): KindName[] {
  const { source } = request;
  if (source.kind === 'workload') {
    const wanted = source.workload.kind.toLowerCase();
    const kind = workloadKinds.find((known) => known.toLowerCase() === wanted);
    return kind === undefined ? [] : [{ apiVersion: 'apps/v1', kind }];
  }
  const objects =
    source.kind === 'stored' ? renderStored(request, source) : renderManifests(request, namespace);
  return isRefusal(objects) ? [] : objects;
}

/**
 * A refusal names one verb; whoever mends it should not meet the next one. So the fault is given all that the account
 * lacks for these objects, as a role that is ready to be applied.
 */
export async function withLackingRights(
  fault: unknown,
  { deps, kinds }: { deps: RightsDeps; kinds: readonly KindName[] },
  signal: AbortSignal,
): Promise<unknown> {
  if (!(fault instanceof Fault) || fault.code !== 'cluster-denied') return fault;
  const lacking = await lackingRights(deps, kinds, signal).catch(() => []);
  if (lacking.length === 0) return fault;
  const hint = `${fault.hint ?? ''} All that it lacks for this deployment, as a role to be applied and bound to it:\n${roleOf(lacking)}`;
  return new Fault(fault.code, fault.message, { cause: fault, hint: hint.trim(), isRetryable: false });
}

/** @returns what a cluster does not let us do in the namespace; nothing where its rules cannot be listed */
async function lackingRights(
  { api, namespace, resources }: RightsDeps,
  kinds: readonly KindName[],
  signal: AbortSignal,
): Promise<Rule[]> {
  const body = {
    apiVersion: 'authorization.k8s.io/v1',
    kind: 'SelfSubjectRulesReview',
    spec: { namespace },
  };
  const path = '/apis/authorization.k8s.io/v1/selfsubjectrulesreviews';
  const review = await api.call({ method: 'POST', path, body }, signal);
  if (at(review, 'status', 'incomplete') === true) return [];
  const allowed = listOf(at(review, 'status', 'resourceRules'));
  const writing = await Promise.all(kinds.map((kind) => ruleFor(resources, kind, signal)));
  return [...writing.flat(), ...watching].flatMap((rule) => {
    const verbs = rule.verbs.filter((verb) => !allowed.some((given) => allows(given, rule, verb)));
    return verbs.length === 0 ? [] : [{ ...rule, verbs }];
  });
}

async function ruleFor(
  resources: ResourcePaths,
  { apiVersion, kind }: KindName,
  signal: AbortSignal,
): Promise<Rule[]> {
  const found = await resources.find({ apiVersion, kind }, signal);
  if (!('path' in found)) return [];
  const resource = found.path.slice(found.path.lastIndexOf('/') + 1);
  const group = apiVersion.includes('/') ? (apiVersion.split('/')[0] ?? '') : '';
  return [{ group, resource, verbs: ['get', 'create', 'update', 'patch'] }];
}

function allows(given: JsonObject, { group, resource }: Rule, verb: string): boolean {
  const has = (key: string, wanted: string) => {
    const values = Array.isArray(given[key]) ? given[key].map(textOf) : [];
    return values.includes('*') || values.includes(wanted);
  };
  // A right to objects of some names is no right to what will be named tomorrow.
  const isForAll = !Array.isArray(given.resourceNames) || given.resourceNames.length === 0;
  return isForAll && has('verbs', verb) && has('apiGroups', group) && has('resources', resource);
}

function roleOf(rules: readonly Rule[]): string {
  const merged = new Map<string, Rule>();
  for (const rule of rules) {
    const key = `${rule.group}/${rule.resource}`;
    const verbs = new Set([...(merged.get(key)?.verbs ?? []), ...rule.verbs]);
    merged.set(key, { ...rule, verbs: [...verbs] });
  }
  return stringify({
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'ClusterRole',
    metadata: { name: 'trunkline-deploy' },
    rules: [...merged.values()].map(({ group, resource, verbs }) => ({
      apiGroups: [group],
      resources: [resource],
      verbs,
    })),
  });
}
