import { at, listOf, numberOf, textOf } from '../../../../src/clusters/json-reading.ts';
import type { CauseClass } from '../../../../src/domain/cause-class.ts';
import type { JsonObject } from '../../../../src/domain/json.ts';
import { manifest, programs } from '../../../steps/deployables.ts';
import { nodeImage, type RolloutsUnderTest } from '../rollouts-under-test.ts';

/** What can be seen in a namespace. */
export interface Sight {
  pods: JsonObject[];
  workloads: JsonObject[];
  events: JsonObject[];
}

/** One way for a rollout to fail. */
export interface CatalogueRow {
  what: string;
  class: CauseClass;
  /** In the headline; NAMESPACE stands for the namespace. */
  text: RegExp;
  hint?: RegExp;
  /** Of the first cause: what it holds at least. */
  evidence?: JsonObject;
  kind?: string;
  container?: JsonObject;
  pod?: JsonObject;
  spec?: JsonObject;
  /** By default it fails. */
  outcome?: 'timed-out';
  prepare?(rollouts: RolloutsUnderTest): Promise<unknown>;
  /** How long it is borne by default, from the moment at which the cluster shows it. */
  windowMs: number;
  isShown(sight: Sight): boolean;
}

export const containersOf = ({ pods }: Sight) =>
  pods.flatMap(({ status }) => [
    ...listOf(at(status, 'initContainerStatuses')),
    ...listOf(at(status, 'containerStatuses')),
  ]);
export const waitsFor = (reason: RegExp) => (sight: Sight) =>
  containersOf(sight).some(({ state }) => reason.test(textOf(at(state, 'waiting', 'reason'))));
export const hasEvent = (reason: string, text: RegExp) => (sight: Sight) =>
  sight.events.some((event) => event.reason === reason && text.test(textOf(event.message)));
export const hasEndedTwice = (sight: Sight) =>
  containersOf(sight).some(
    ({ restartCount, state }) =>
      numberOf(restartCount, 0) + (at(state, 'running') === undefined ? 1 : 0) >= 2 &&
      at(state, 'waiting', 'reason') !== 'PodInitializing',
  );
export const runs = (sight: Sight) =>
  containersOf(sight).some(({ state }) => at(state, 'running') !== undefined);
export const isBlocked = ({ workloads, events }: Sight) =>
  JSON.stringify(workloads).includes('ReplicaFailure') ||
  hasEvent('FailedCreate', /./)({ pods: [], workloads, events });

export const shell = (script: string) => ({ image: nodeImage, command: ['/bin/sh', '-c', script] });
export const serve = shell(programs.serve);

/** Its manifest, with the hosts of a registry that lets everybody in, and of one that does not. */
export function manifestOf(
  { kind, container, pod, spec }: CatalogueRow,
  registries: { open: string; closed: string },
): string {
  const parts = { kind, container, pod, spec };
  const given = Object.fromEntries(Object.entries(parts).filter(([, part]) => part !== undefined));
  return manifest(given).replace('REGISTRY', registries.open).replace('CLOSED', registries.closed);
}
