import type { JsonObject } from '../../domain/json.ts';
import { at, recordOf, textOf } from '../json-reading.ts';
import type { Api } from './api.ts';
import type { Lint } from './lints/lint.ts';
import { amountsOf } from './node-room.ts';

/** The hard limit of eviction that a kubelet has by default: less than that is no reservation. */
const defaultEvictionBytes = 100 * 2 ** 20;
const mostNames = 5;
/** The nodes of a pool are configured alike. */
const mostAsked = 3;
const patienceMs = 2_000;
const keptMs = 3_600_000;

/** Which nodes keep nothing for themselves; null: none. */
export function reservationLint(nodes: readonly JsonObject[], told: readonly string[]): Lint | null {
  const names = nodes.filter((node) => !isReserving(node)).map(nameIn);
  if (names.length === 0) return null;
  const shown = names.slice(0, mostNames).join(', ');
  const more = names.length > mostNames ? ` and ${names.length - mostNames} more` : '';
  const which = `node${names.length === 1 ? '' : 's'} ${shown}${more}`;
  const says = told.length === 0 ? '' : ` (${told.join('; ')})`;
  return {
    name: 'nothing-reserved',
    text: `${which} of ${nodes.length}: nothing is reserved for kubelet and system, so pods that take all the memory take the node with them${says}; set kubeReserved and systemReserved of the kubelet`,
  };
}

/** What the kubelets of nodes that reserve nothing are configured with, in words. */
export type AskReservations = (nodes: readonly JsonObject[], signal: AbortSignal) => Promise<string[]>;

/**
 * Needs the right to `get` `nodes/proxy`; a kubelet that does not answer is left out. What one has said is kept for an
 * hour: a kubelet takes its time, and a rollout need not wait for the same words again.
 */
export function createReservationReader(api: Api): AskReservations {
  const said = new Map<string, { text: string; at: number }>();
  const ask = async (node: string, signal: AbortSignal) => {
    const known = said.get(node);
    if (known !== undefined && performance.now() < known.at + keptMs) return [known.text];
    const path = `/api/v1/nodes/${node}/proxy/configz`;
    const answer = await api.call({ path }, signal).catch(() => signal.throwIfAborted());
    const config = at(answer, 'kubeletconfig');
    if (config === undefined) return [];
    const text = `${node} says: ${configText(recordOf(config))}`;
    said.set(node, { text, at: performance.now() });
    return [text];
  };
  return async (nodes, signal) => {
    const asked = nodes.filter((node) => !isReserving(node)).slice(0, mostAsked);
    const limit = AbortSignal.any([signal, AbortSignal.timeout(patienceMs)]);
    return (await Promise.all(asked.map((node) => ask(nameIn(node), limit)))).flat();
  };
}

function configText(config: JsonObject): string {
  return ['kubeReserved', 'systemReserved', 'evictionHard']
    .map((key) => {
      const amounts = Object.entries(recordOf(config[key])).map(
        ([name, amount]) => `${name} ${textOf(amount)}`,
      );
      return `${key} ${amounts.length === 0 ? 'none' : amounts.join(', ')}`;
    })
    .join(', ');
}

function nameIn(node: JsonObject): string {
  return textOf(at(node, 'metadata', 'name'));
}

function isReserving(node: JsonObject): boolean {
  const [all, given] = [at(node, 'status', 'capacity'), at(node, 'status', 'allocatable')].map(amountsOf);
  const reserved = (name: string) => (all?.[name] ?? 0) - (given?.[name] ?? 0);
  return reserved('cpu') > 0 || reserved('memory') > defaultEvictionBytes;
}
