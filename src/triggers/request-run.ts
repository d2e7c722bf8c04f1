import { randomUUID } from 'node:crypto';
import type { JsonObject } from '../domain/json.ts';
import { resolveParameters, takenText } from '../domain/parameters.ts';
import type { Db } from '../store/database.ts';
import { closeEvent, storeEvent } from '../store/events.ts';
import { runOfIdentity } from '../store/run-of-identity.ts';
import { type StartDependencies, type StartReceipt, startRun } from './start-run.ts';
import type { CatalogueEntry } from './watch.ts';

/** What somebody asks for. */
export interface RunWish {
  /** Name of a pipeline. */
  pipeline: string;
  /** null: the layout's trunk, or Git's default branch. */
  branch: string | null;
  /** null: the newest revision now. */
  revision: string | null;
  parameters: JsonObject;
  /** Makes repeated requests of one requester for one pipeline the same run. */
  idempotencyKey: string | null;
  /** Name of the token that asks. */
  by: string;
}

/** A wish that is refused stays on record as failed. */
export type RunReceipt = StartReceipt | { kind: 'unknown-pipeline' };

export interface RequestRunDependencies extends StartDependencies {
  findPipeline(name: string): CatalogueEntry | undefined;
}

/**
 * Starts a run because somebody asks for it: the wish is put on record, its revision is fixed, and the pipeline's
 * folder is known to exist there before the run is made.
 * @throws Fault when the repository cannot be asked; the wish stays on record as failed
 */
export async function requestRun(
  dependencies: RequestRunDependencies,
  wish: RunWish,
  signal: AbortSignal,
): Promise<RunReceipt> {
  const { db } = dependencies;
  const entry = dependencies.findPipeline(wish.pipeline);
  if (entry === undefined) return { kind: 'unknown-pipeline' };
  const eventId = await storeWish(db, wish, entry);
  try {
    const known = await runOfIdentity(db, wishIdentity(wish));
    if (known !== undefined) return { kind: 'known', runId: known };
    const resolved = resolveParameters(entry.pipeline.parameters ?? [], wish.parameters);
    if ('problems' in resolved) {
      const problem = resolved.problems.join('; ');
      await closeEvent(db, eventId, problem);
      return { kind: 'refused', problem, hint: parametersHint(entry) };
    }
    const { branch, revision, by: requestedBy } = wish;
    const { values: parameters } = resolved;
    const cause = { pipeline: entry, identity: wishIdentity(wish), trigger: 'api', requestedBy } as const;
    return await startRun(dependencies, { ...cause, parameters, eventId, branch, revision }, signal);
  } catch (error) {
    await closeEvent(db, eventId, error instanceof Error ? error.message : String(error));
    throw error;
  }
}

function parametersHint({ pipeline: { parameters = [] } }: CatalogueEntry): string {
  if (parameters.length === 0) return 'Leave the parameters out, or declare them in the pipeline file.';
  return `It takes ${parameters.map((one) => `${one.name}: ${takenText(one)}`).join('; ')}.`;
}

async function storeWish(db: Db, wish: RunWish, entry: CatalogueEntry): Promise<string> {
  const { idempotencyKey: _, ...body } = wish;
  const { eventId } = await storeEvent(db, {
    id: randomUUID(),
    source: 'api',
    repository: entry.pipeline.source.repository,
    deliveryKey: wishIdentity(wish),
    remote: null,
    headers: {},
    body,
    revision: wish.revision,
    state: 'received',
  });
  return eventId;
}

function wishIdentity({ pipeline, by, idempotencyKey }: RunWish): string | null {
  return idempotencyKey === null ? null : JSON.stringify(['api', pipeline, by, idempotencyKey]);
}
