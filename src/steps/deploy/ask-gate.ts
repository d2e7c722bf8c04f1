import { askPrometheus } from '../../clusters/prometheus/ask-prometheus.ts';
import {
  comparedGate,
  type Gate,
  type GateAnswer,
  type GateVerdict,
  judgeGate,
  judgeTraffic,
  resolvedQuery,
} from '../../domain/gate.ts';
import type { Deployment } from './deployment.ts';

export interface AskedGate {
  deployment: Deployment;
  gate: Gate;
  /** The new ones that are ready. */
  pods: readonly string[];
  /** Queries that the log has already; added to. */
  asked: Set<string>;
}

/** What a gate says now. */
export async function askGate(work: AskedGate, signal: AbortSignal): Promise<GateVerdict> {
  const { gate, pods, deployment } = work;
  const ask = (query: string) => answerTo(work, { query, pods, title: `gate ${gate.name} asks` }, signal);
  const tooLittle = gate.traffic && judgeTraffic(gate, await ask(gate.traffic.query));
  if (tooLittle !== undefined) return tooLittle;
  const { podsBefore } = deployment.journal;
  if (gate.baseline === undefined || podsBefore === undefined) return judgeGate(gate, await ask(gate.query));
  const before = await answerTo(
    work,
    {
      query: gate.query,
      pods: podsBefore.pods,
      at: new Date(podsBefore.at),
      title: `gate ${gate.name} compares with ${podsBefore.at}`,
    },
    signal,
  );
  const compared = comparedGate(gate, before);
  return 'state' in compared ? compared : judgeGate(compared, await ask(gate.query));
}

interface Question {
  query: string;
  pods: readonly string[];
  at?: Date;
  title: string;
}

async function answerTo(
  { deployment, asked }: AskedGate,
  { query, pods, at, title }: Question,
  signal: AbortSignal,
): Promise<GateAnswer> {
  const { environment, context } = deployment;
  const { prometheus, cluster } = environment;
  if (prometheus === null || cluster.kind !== 'kubernetes') throw new TypeError('gates need a Prometheus');
  const resolved = resolvedQuery({ query }, { namespace: cluster.namespace, pods });
  if (resolved === null) return { kind: 'no-data' };
  // As it was the first time.
  const key = `${title}: ${query}`;
  if (!asked.has(key)) context.log.line(`${title}: ${resolved.replaceAll(/\s+/g, ' ')}`);
  asked.add(key);
  return askPrometheus(prometheus, { query: resolved, ...(at && { at }) }, signal);
}
