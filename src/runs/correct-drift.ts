import type { EnvironmentConfig } from '../config/server-config.ts';
import type { ObjectDrift } from '../domain/drift.ts';
import { isCorrectable } from '../domain/drift-rules.ts';
import { frozenAt, frozenText } from '../domain/freeze.ts';
import { noTriggers } from '../domain/no-triggers.ts';
import type { Pipeline } from '../domain/pipeline.ts';
import { revisionLabel } from '../domain/revision-label.ts';
import { toldOnward } from '../domain/told-onward.ts';
import { correctionsSince, isWholeAndLast } from '../store/corrections.ts';
import type { Db } from '../store/database.ts';
import { runOfDeployment, workloadOf } from '../store/rollback-choices.ts';
import { type RunRow, readRun } from '../store/runs.ts';
import { createRun } from './create-run.ts';

export interface CorrectionDependencies {
  db: Db;
  deliverRun(runId: string): Promise<void>;
}

/** What became of what a look has found; `text` is for the log of the server. */
export type Correction = { deployId: string; text: string } & (
  | { kind: 'begun'; runId: string }
  | { kind: 'left' }
);

const timeoutMs = 10 * 60_000;
const soakMs = 10_000;
const windowMs = 24 * 3_600_000;
/** Who writes it again and again would make it roll out again and again. */
const mostInWindow = 3;
const mostTold = 5;

/**
 * Rolls out once more what somebody has changed: for each deployment that is not as it was applied a run that puts its
 * whole stored set back. A deployment is corrected once: what comes of a correction is a deployment of its own.
 */
export async function correctDrift(
  deps: CorrectionDependencies,
  environment: EnvironmentConfig,
  drifts: readonly ObjectDrift[],
): Promise<Correction[]> {
  const frozen = frozenAt(environment.freeze, new Date());
  const made: Correction[] = [];
  for (const [deployId, found] of byDeployment(drifts)) {
    const left = (text: string): Correction => ({ kind: 'left', deployId, text });
    made.push(
      frozen === null
        ? await correctOne(deps, environment, { deployId, found, left })
        : left(`${environment.name} is frozen ${frozenText(frozen)}: nothing is corrected until then`),
    );
  }
  return made;
}

function byDeployment(drifts: readonly ObjectDrift[]): Map<string, ObjectDrift[]> {
  const found = new Map<string, ObjectDrift[]>();
  for (const drift of drifts.filter(isCorrectable)) {
    if (drift.deployId === null) continue;
    found.set(drift.deployId, [...(found.get(drift.deployId) ?? []), drift]);
  }
  return found;
}

interface Drifted {
  deployId: string;
  found: ObjectDrift[];
  left(text: string): Correction;
}

async function correctOne(
  deps: CorrectionDependencies,
  environment: EnvironmentConfig,
  { deployId, found, left }: Drifted,
): Promise<Correction> {
  const { db } = deps;
  const { name } = environment;
  const runId = await runOfDeployment(db, deployId);
  const run = runId === undefined ? undefined : await readRun(db, runId);
  if (run === undefined) return left('its run is no longer on record: deploy it anew');
  const place = await isWholeAndLast(db, { environment: name, deployId });
  if ('problem' in place) return left(place.problem);
  const workloads = place.targets.map(workloadOf).join(', ');
  const since = new Date(Date.now() - windowMs);
  const earlier = await correctionsSince(db, { environment: name, workloads, since });
  if (earlier >= mostInWindow)
    return left(
      `${workloads} was corrected ${earlier} times within a day, and is not as deployed again: find out who writes it`,
    );
  const made = await makeRun(db, { run, deployId, environment: name, workloads, found });
  if (!made.created) return left(`it was corrected once already, by the run ${made.runId}: retry that`);
  await deps.deliverRun(made.runId);
  return { kind: 'begun', deployId, runId: made.runId, text: `${workloads} is put back as deployed` };
}

interface Made {
  run: RunRow;
  deployId: string;
  environment: string;
  workloads: string;
  found: readonly ObjectDrift[];
}

function makeRun(db: Db, made: Made): Promise<{ runId: string; created: boolean }> {
  const { run, deployId, environment, workloads, found } = made;
  const { repository, generation, branch, move, revision, author, message } = run;
  const names = found.map(({ object }) => object);
  const more = names.length > mostTold ? ` and ${names.length - mostTold} more` : '';
  const why = `changed by hand: ${names.slice(0, mostTold).join(', ')}${more}`;
  return db.transaction().execute((tx) =>
    createRun(tx, {
      ...{ repository, generation, branch, move, revision, author, message },
      pipeline: { name: run.pipeline, source: run.pipeline_source, pipeline: correctionOf(made) },
      committedAt: run.committed_at?.toISOString() ?? null,
      identity: `correction of ${deployId}`,
      trigger: 'correction',
      requestedBy: 'drift',
      parameters: { environment, workloads, why },
      eventId: null,
      told: toldOnward(run),
    }),
  );
}

function correctionOf({ run, deployId, environment }: Made): Pipeline {
  const { name, source } = run.definition as unknown as Pipeline;
  const label = `${revisionLabel(run.revision)} (${run.pipeline} #${run.number})`;
  return {
    name,
    source,
    on: noTriggers,
    // With rollbacks: of the two the later one begins when it is known what the other has left.
    concurrency: { group: `rollback of ${environment}`, queue: 'fifo' },
    steps: [
      {
        id: 'correct',
        kind: 'deploy',
        needs: [],
        timeoutMs,
        retry: { max: 5, on: ['fault'] },
        environment,
        manifests: [],
        workload: null,
        soakMs,
        restore: { deployId, label, corrects: true },
      },
    ],
  };
}
