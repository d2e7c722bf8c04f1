import { createDockerConnection } from '../../docker/docker-connection.ts';
import { type Cluster, isRefusal } from '../cluster.ts';
import { type Budgets, defaultBudgets } from './budgets.ts';
import { createEngineApi } from './engine-api.ts';
import { planServices } from './plan.ts';
import { restoreServices } from './restore.ts';
import { type CredentialsFor, createServiceWriter } from './service-writer.ts';
import type { StackSettings } from './stack.ts';
import { identifySwarm, type SwarmIdentity } from './swarm-state.ts';
import { diagnoseRollout, type TrackerDeps, trackRollout } from './tracker.ts';

export interface SwarmSettings extends StackSettings {
  /** The engine of a manager: `unix:///var/run/docker.sock`. */
  host: string;
  /** The accounts with which the swarm's nodes pull. */
  credentialsFor: CredentialsFor;
  budgets?: Partial<Budgets>;
}

/** The services of a Docker swarm, which must exist and is never altered itself. Nothing is connected before the first call. */
export function createSwarmCluster(settings: SwarmSettings): Cluster {
  const { credentialsFor } = settings;
  const api = createEngineApi(createDockerConnection(settings.host));
  const writer = createServiceWriter(api, credentialsFor);
  const tracker: TrackerDeps = { api, credentialsFor, budgets: { ...defaultBudgets, ...settings.budgets } };
  let identity: SwarmIdentity | undefined;
  return {
    async identify(signal) {
      const found = await identifySwarm(api, signal);
      return isRefusal(found) ? null : found.id;
    },
    async plan(request, signal) {
      const found = identity ?? (await identifySwarm(api, signal));
      if (isRefusal(found)) return found;
      identity = found;
      return planServices({ api, writer, settings, targetPrefix: `swarm/${found.id}` }, request, signal);
    },
    watch: (rollout, options, signal) => trackRollout(tracker, { rollout, options }, signal),
    diagnose: (rollout, signal) => diagnoseRollout(tracker, rollout, signal),
    restore: (request, hooks, signal) => restoreServices(writer, { request, hooks }, signal),
    jobs: null,
    leftovers: null,
    drift: null,
    usage: null,
    scraping: null,
    services: null,
    dns: null,
    close() {},
  };
}
