import { setTimeout as outage } from 'node:timers/promises';
import { sql } from 'kysely';
import { expect, test } from 'vitest';
import type { Store } from '../../src/store/database.ts';
import { cart, cartPipeline, steps } from '../support/cart.ts';
import { killWhole } from '../support/kill-whole.ts';
import { openSite } from '../support/site.ts';
import { canMount, smallDisk } from '../support/small-disk.ts';
import { waitFor } from '../support/wait-for.ts';

const rounds = 5;
const outageMs = 10_000;
/** Writes some megabytes that do not compress, in its time. */
const talkative = steps.run(
  'echo begun',
  'for i in $(seq 20); do head -c 300000 /dev/urandom | base64; sleep 0.5; done',
);

test.runIf(canMount)(
  'a database whose disk is full for 10 s in the middle of a run: the server stays, and goes on with the space',
  async () => {
    await using site = await openSite();
    await using disk = await smallDisk('600m');
    await site.commit(cart());
    await using trunkline = await site.serve({
      environment: { DATA_DIR: disk.path },
      pipelines: { cart: cartPipeline([talkative]) },
    });
    const { api } = trunkline;

    for (let round = 1; round <= rounds; round += 1) {
      const { id } = await api.requestRun();
      await api.waitForLog(id, 'begun');
      await disk.fill();
      await untilFull(trunkline);
      await outage(outageMs);
      await disk.free();
      const run = await api.waitForEnd(id, 300_000);
      const next = await api.requestRun();

      expect(run.outcome, `round ${round}: ${run.reason}`).toMatch(/^(succeeded|errored)$/);
      expect(run.reason ?? 'its disk is full').toMatch(/disk is full/);
      await api.waitForOutcome(next.id, 'succeeded', 300_000);
    }
  },
);

test.runIf(canMount)(
  'a server that is killed with its PostgreSQL while the disk is full goes on with the space',
  async () => {
    await using site = await openSite();
    await using disk = await smallDisk('600m');
    await site.commit(cart());
    await using trunkline = await site.serve({
      environment: { DATA_DIR: disk.path },
      pipelines: { cart: cartPipeline([talkative]) },
    });
    const { api } = trunkline;

    for (let round = 1; round <= rounds; round += 1) {
      const { id } = await api.requestRun();
      await api.waitForLog(id, 'begun');
      await disk.fill();
      await untilFull(trunkline);
      await killWhole(trunkline, false);
      const whileFull = await trunkline.start().then(
        () => 'started',
        (error: Error) => error.message,
      );
      process.stdout.write(`round ${round}, a start on the full disk: ${whileFull}\n`);
      await disk.free();
      if (whileFull !== 'started') await trunkline.start();
      const run = await api.waitForEnd(id, 300_000);
      const next = await api.requestRun();

      expect(whileFull).toMatch(/^started$|its disk is full|MiB are free in/);
      expect(run.outcome, `round ${round}: ${run.reason}`).toMatch(/^(succeeded|errored)$/);
      await api.waitForOutcome(next.id, 'succeeded', 300_000);
    }
  },
);

/** Writes beside the server until the database refuses. */
async function untilFull(trunkline: { openStore(): Promise<Store> }): Promise<void> {
  await using store = await trunkline.openStore();
  await sql`create table if not exists public.filling (text text)`.execute(store.db);
  const insert = () =>
    sql`insert into public.filling select string_agg(md5(random()::text), '') from generate_series(1, 20000)`.execute(
      store.db,
    );
  await waitFor(
    () =>
      insert().then(
        () => false,
        () => true,
      ),
    { what: 'the database to refuse a write', deadlineMs: 60_000, everyMs: 0 },
  );
  await sql`truncate public.filling`.execute(store.db).catch(() => undefined);
}
