import { randomUUID } from 'node:crypto';
import type { Db } from '../../src/store/database.ts';
import { storeRun } from './start-http.ts';

export const digest = (number: number) =>
  `registry.example.com/shop/cart@sha256:${String(number).repeat(64)}`;

/** Stores a run whose revision is its number, and its deployment; `null`: under way. */
export async function deployed(
  db: Db,
  { number, outcome }: { number: number; outcome: 'succeeded' | 'failed' | null },
) {
  const { id } = await storeRun(db, { number });
  await db
    .updateTable('run')
    .set({ revision: `${number}`, move: number })
    .where('id', '=', id)
    .execute();
  const deployId = `d${number}`;
  const set = { kind: 'Deployment', spec: { containers: [{ name: 'cart', image: digest(number) }] } };
  const ended = outcome === null ? {} : { ended_at: new Date(2030, 0, number + 1) };
  await db
    .insertInto('deployment')
    .values({
      ...{ id: randomUUID(), run_id: id, step_id: 'staging', environment: 'staging', deploy_id: deployId },
      ...{ target: 'kubernetes/1/shop/deployment/cart', repository: 'shop', branch: 'trunk', move: number },
      ...{ revision: `${number}`, state: outcome === null ? 'active' : 'ended', outcome, ...ended },
      ...{ images: JSON.stringify({ cart: digest(number) }), manifests: JSON.stringify([set]) },
      started_at: new Date(2030, 0, number),
    })
    .execute();
  return { deployId };
}
