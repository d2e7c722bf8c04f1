import { readDiagnoses } from '../../domain/stored-diagnosis.ts';
import type { Db } from '../../store/database.ts';
import type { RunSummaryRow } from '../../store/list-runs.ts';
import { withWaitReasons } from '../../store/waits-for-worker.ts';
import { worstCauses } from '../../store/worst-causes.ts';
import type { RunListItem } from '../schemas/run-list.ts';
import { runSummary } from './run-view.ts';

/** Runs as a list shows them: with what those wait for that wait, and what failed rollouts have failed of. */
export async function viewRunList(db: Db, rows: RunSummaryRow[]): Promise<RunListItem[]> {
  const unhappy = rows.filter(({ outcome }) => outcome !== null && outcome !== 'succeeded');
  const [told, causes] = await Promise.all([
    withWaitReasons(db, rows),
    worstCauses(
      db,
      unhappy.map(({ id }) => id),
    ),
  ]);
  return told.map((row) => {
    const worst = causes.get(row.id);
    const [cause] = worst === undefined ? [] : readDiagnoses([{ causes: [worst] }]).causes;
    return { ...runSummary(row), cause: cause === undefined ? null : causeView(cause) };
  });
}

function causeView({
  class: kind,
  workload,
  container,
  pod,
  exitCode,
}: ReturnType<typeof readDiagnoses>['causes'][number]): RunListItem['cause'] {
  return { class: kind, workload, container, pod, exitCode };
}
