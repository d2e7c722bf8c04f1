import type { PrometheusConfig } from '../../config/server-config.ts';
import type { GateAnswer } from '../../domain/gate.ts';
import { listOf, recordOf } from '../json-reading.ts';
import { callPrometheus } from './call-prometheus.ts';

/** Its present value unless `at` says another moment. */
export interface Query {
  query: string;
  at?: Date;
}

/** The values of a query. Never throws but for `signal`: that Prometheus does not answer is an answer too. */
export async function askPrometheus(
  config: PrometheusConfig,
  { query, at }: Query,
  signal: AbortSignal,
): Promise<GateAnswer> {
  const form = { query, ...(at && { time: at.toISOString() }) };
  const answer = await callPrometheus(config, { path: 'query', form }, signal);
  if (answer.kind === 'error') return answer;
  const values = valuesOf(answer.data);
  return values.length === 0 ? { kind: 'no-data' } : { kind: 'values', values };
}

/** A vector has a value for each series; of a matrix all points count. */
function valuesOf({ resultType, result }: Record<string, unknown>): number[] {
  if (resultType === 'scalar') return [pointOf(result)];
  return listOf(result).flatMap((series) => {
    const { value, values } = recordOf(series);
    return Array.isArray(values) ? values.map(pointOf) : [pointOf(value)];
  });
}

/** `[time, "value"]` */
export function pointOf(point: unknown): number {
  return Number(Array.isArray(point) ? point[1] : Number.NaN);
}
