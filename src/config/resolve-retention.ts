import { parseDurationMs } from '../domain/duration.ts';
import { parseMemoryBytes } from '../domain/memory-size.ts';
import type { Retention } from '../domain/retention.ts';
import type { ServerConfig } from './server-config.ts';
import type { WrittenServerConfig } from './server-config-schema.ts';

export function resolveRetention(written: WrittenServerConfig['retention']): Retention {
  const { logs, runs, events, changes, audit, rollbacks } = written ?? {};
  return {
    logs: { keepMs: milliseconds(logs?.keep ?? '90d'), newest: logs?.newest ?? 20 },
    runs: { keepMs: milliseconds(runs?.keep ?? '730d'), newest: runs?.newest ?? 100 },
    events: { keepMs: milliseconds(events?.keep ?? '90d') },
    changes: { keepMs: milliseconds(changes?.keep ?? '365d') },
    audit: { keepMs: milliseconds(audit?.keep ?? '1095d') },
    rollbacks: rollbacks ?? 10,
  };
}

export function resolveLogCaps(written: WrittenServerConfig['retention']): ServerConfig['logs'] {
  const { size = '100Mi', 'step-size': stepSize = '80Mi' } = written?.logs ?? {};
  return { runBytes: parseMemoryBytes(size) ?? 0, stepBytes: parseMemoryBytes(stepSize) ?? 0 };
}

function milliseconds(written: string): number {
  return parseDurationMs(written) ?? 0;
}
