import type { EnvironmentConfig } from '../../config/server-config.ts';
import { driftStatement } from '../../domain/drift.ts';
import type { DriftReportRow } from '../../store/drift-reports.ts';
import { iso } from '../schemas/shared.ts';

/** The last report of an environment, as far as there is one. */
export function driftView(environment: EnvironmentConfig, row: DriftReportRow | undefined) {
  return {
    environment: environment.name,
    everyMs: environment.driftEveryMs,
    lookedAt: iso(row?.looked_at ?? null),
    wantedAt: iso(row?.wanted_at ?? null),
    problem: row?.problem ?? null,
    objects: (row?.objects ?? []).map((drift) => ({
      object: drift.object,
      state: drift.state,
      statement: driftStatement(drift),
      fields: drift.fields,
    })),
  };
}
