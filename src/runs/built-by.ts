import type { Pipeline } from '../domain/pipeline.ts';
import type { Db } from '../store/database.ts';
import { runOfDeployment } from '../store/rollback-choices.ts';
import { type RunRow, readRun } from '../store/runs.ts';

/** Nobody goes back and forth this often with one build. */
const mostHops = 100;

/**
 * The run that has built and pushed what a run has deployed: itself, or, behind rollbacks and promotions, the run whose
 * images they have put in again. Undefined where it is no longer on record.
 */
export async function builtBy(db: Db, runId: string): Promise<RunRow | undefined> {
  let id: string | undefined = runId;
  for (let hop = 0; hop < mostHops && id !== undefined; hop++) {
    const run: RunRow | undefined = await readRun(db, id);
    if (run === undefined) return undefined;
    const { promotes, steps } = run.definition as unknown as Pipeline;
    const restored = steps.find((step) => step.kind === 'deploy' && step.restore !== undefined);
    if (promotes !== undefined) id = promotes.runId;
    else if (restored?.kind === 'deploy' && restored.restore !== undefined)
      id = await runOfDeployment(db, restored.restore.deployId);
    else return run;
  }
  return undefined;
}
