import { type CartOptions, cart, cartPipeline, steps } from '../../support/cart.ts';
import { type ClusterSite, isApply, rolloutBegan } from '../../support/cluster-site.ts';
import type { Hold, ProxiedRequest } from '../../support/http-proxy.ts';
import type { Trunkline } from '../../support/trunkline.ts';

/** A moment of a job and the rollout after it, and how a test gets there. */
export type Phase = {
  name: string;
  change: CartOptions;
  /** A request that is held at that moment, before the API server sees it or when it has answered. */
  held?: { matches: (request: ProxiedRequest) => boolean; point: 'request' | 'answer' };
  /** For a moment without a request of its own. */
  isReached?(site: ClusterSite, trunkline: Trunkline, id: string): Promise<unknown>;
  ends: 'succeeded' | 'failed';
};

const isRehearsal = ({ method, path }: ProxiedRequest) =>
  method === 'PATCH' && path.includes('/deployments/cart') && path.includes('dryRun');

/** A write that makes a Job, not a rehearsal of one. */
export function isJobWrite({ method, path }: ProxiedRequest): boolean {
  return (method === 'PATCH' || method === 'POST') && path.includes('/jobs') && !path.includes('dryRun');
}

/** That of what the change no longer has. */
export function isPrune({ method, path }: ProxiedRequest): boolean {
  return method === 'DELETE' && path.includes('/configmaps/old');
}

/** The first one that matches once `earlier` has matched; of each phase its own. */
const following = (earlier: typeof isApply, matches: typeof isApply) => {
  let isDue = false;
  return (request: ProxiedRequest) => {
    if (isDue) return matches(request);
    isDue = earlier(request);
    return false;
  };
};

const isEndpointsRead = ({ method, path }: ProxiedRequest) =>
  method === 'GET' && path.includes('/endpointslices');
const good = { change: { message: 'two' }, ends: 'succeeded' } as const;
const bad = { change: { command: 'echo cannot open the orders table; exit 7' }, ends: 'failed' } as const;
const twoPoints = [
  ['before the cluster knows of it', 'request'],
  ['when the cluster has done it', 'answer'],
] as const;

/** In the order in which a run comes by; fresh ones, since what is held knows what it has seen. */
export function phases(): Phase[] {
  const around = (
    name: string,
    rest: typeof good | typeof bad,
    matches: () => (request: ProxiedRequest) => boolean,
  ) =>
    twoPoints.map(
      ([when, point]): Phase => ({ name: `${name}, ${when}`, ...rest, held: { matches: matches(), point } }),
    );
  return [
    ...around('the job', good, () => isJobWrite),
    {
      name: 'the work of the job',
      ...good,
      isReached: (_, { api }, id) => api.waitForLog(id, 'begun migrate'),
    },
    { name: 'the dry run', ...good, held: { matches: isRehearsal, point: 'answer' } },
    ...around('the apply', good, () => isApply),
    {
      ...{ name: 'the wait for the new pods', ends: 'succeeded' },
      change: { message: 'two', readyAfter: 25 },
      isReached: (site) => rolloutBegan(site, 2),
    },
    { name: 'the soak', ...good, isReached: (_, { api }, id) => api.waitForLog(id, 'healthy; watched for') },
    { name: 'the checks', ...good, held: { matches: following(isApply, isEndpointsRead), point: 'answer' } },
    ...around('the prune', good, () => isPrune),
    ...around('the rollback', bad, () => following(isApply, isApply)),
  ];
}

export const pipeline = cartPipeline([
  steps.image,
  steps.push,
  "- { id: migrate, job: { environment: staging, from: image, commands: ['echo begun migrate', 'sleep 4'] } }",
  steps.staging.replace('soak: 1s', 'soak: 8s, prune: true'),
]);

/** With an object that the change takes out. */
export function firstVersion(): Record<string, string> {
  const old = "apiVersion: v1\nkind: ConfigMap\nmetadata: { name: old }\ndata: { of: 'the first version' }\n";
  return { ...cart({ message: 'one' }), 'deploy/old.yaml': old };
}

export function changedVersion({ change }: Phase): Record<string, string | null> {
  return { ...cart(change), 'deploy/old.yaml': null };
}

/** Resolves at the moment of the phase; what is held there goes on with `release`. */
export function awaitPhase(
  site: ClusterSite,
  phase: Phase,
): { reached(trunkline: Trunkline, id: string): Promise<unknown>; release(): void } {
  const hold: Hold | undefined = phase.held && site.apiProxy.hold(phase.held.matches, phase.held.point);
  return {
    reached: async (trunkline, id) => hold?.reached ?? phase.isReached?.(site, trunkline, id),
    release: () => hold?.release(),
  };
}
