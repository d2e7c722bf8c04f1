import { randomUUID } from 'node:crypto';
import type { JsonObject } from '../../src/domain/json.ts';
import type { Db } from '../../src/store/database.ts';
import { storeRun } from './start-http.ts';

export const digest = (number: number) =>
  `registry.example.com/shop/cart@sha256:${String(number).repeat(64)}`;

interface Deployed {
  number: number;
  /** null: under way. */
  outcome: 'succeeded' | 'failed' | null;
  /** Default: a new run with this number, whose revision is its number. */
  runId?: string;
  environment?: string;
  workload?: string;
  /** What was applied. */
  set?: JsonObject;
}

/** Stores a deployment, the later the higher its number, and the run that made it. */
export async function deployed(
  db: Db,
  {
    number,
    outcome,
    runId,
    environment = 'staging',
    workload = 'deployment/cart',
    set = setOf(number),
  }: Deployed,
) {
  const id = runId ?? (await storeNumberedRun(db, number));
  const deployId = `d${number}`;
  const ended = outcome === null ? {} : { ended_at: new Date(2030, 0, number + 1) };
  await db
    .insertInto('deployment')
    .values({
      ...{ id: randomUUID(), run_id: id, step_id: 'staging', environment, deploy_id: deployId },
      ...{ target: `kubernetes/${environment}/shop/${workload}`, repository: 'shop', branch: 'trunk' },
      ...{ move: number, revision: `${number}`, state: outcome === null ? 'active' : 'ended', outcome },
      ...{ ...ended, images: JSON.stringify({ cart: digest(number) }), manifests: JSON.stringify([set]) },
      started_at: new Date(2030, 0, number),
    })
    .execute();
  return { deployId };
}

function setOf(number: number): JsonObject {
  const spec = { containers: [{ name: 'cart', image: digest(number) }] };
  return { kind: 'Deployment', metadata: { name: 'cart' }, spec };
}

async function storeNumberedRun(db: Db, number: number): Promise<string> {
  const { id } = await storeRun(db, { number });
  await db
    .updateTable('run')
    .set({ revision: `${number}`, move: number })
    .where('id', '=', id)
    .execute();
  return id;
}
