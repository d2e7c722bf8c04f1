import { expect, test } from 'vitest';
import { insertChanges } from '../../src/store/changes.ts';
import type { Db } from '../../src/store/database.ts';
import { environmentFor } from '../cli/run-cli.ts';
import { runHere } from '../cli/run-here.ts';
import { type HttpFixture, startHttp } from './start-http.ts';
import { deployed } from './store-deployed.ts';
import { testConfig } from './test-config.ts';

test('an environment tells which changes came with what runs now, and which were never in it', async () => {
  await using http = await startHttp();
  await deployed(http.db, { number: 2, outcome: 'succeeded' });
  await deployed(http.db, { number: 4, outcome: 'failed' });
  await deployed(http.db, { number: 5, outcome: 'succeeded' });
  for (const move of [1, 2, 3, 5, 6]) await storeChange(http.db, { move });
  await storeChange(http.db, { move: 4, branch: 'branches/old' });

  const changes = await changesOf(http);

  expect(changes).toMatchObject({
    since: { revision: '2', number: 2 },
    direction: 'forward',
    total: 2,
    items: [
      { revision: '5', author: 'ann', message: 'Change 5' },
      { revision: '3', author: 'ann', message: 'Change 3' },
    ],
  });
});

test('a change counts where it touched the folder of the pipeline, or replaced one above it', async () => {
  await using http = await startHttp();
  await deployed(http.db, { number: 1, outcome: 'succeeded' });
  await deployed(http.db, { number: 7, outcome: 'succeeded' });
  await http.db
    .updateTable('run')
    .set({ definition: JSON.stringify({ source: { repository: 'shop', path: 'services/cart' }, steps: [] }) })
    .execute();
  await storeChange(http.db, { move: 2, path: 'services/cart/main.ts' });
  await storeChange(http.db, { move: 3, path: 'services/cart-old/main.ts' });
  await storeChange(http.db, { move: 4, path: 'services/web/main.ts' });
  await storeChange(http.db, { move: 5, path: 'services', action: 'replaced' });
  await storeChange(http.db, { move: 6, path: 'services', action: 'modified' });
  await storeChange(http.db, { move: 7, path: 'docs/a.md', pathCount: 5000 });

  const { items } = await changesOf(http);

  expect(items.map(({ revision }: { revision: string }) => revision)).toEqual(['7', '5', '2']);
});

test('of a first deployment nothing is said; the command line prints what is new', async () => {
  await using http = await startHttp();
  const environment = await environmentFor(http);
  await deployed(http.db, { number: 1, outcome: 'succeeded' });
  const first = await changesOf(http);
  await deployed(http.db, { number: 3, outcome: 'succeeded' });
  for (const move of [2, 3]) await storeChange(http.db, { move });

  const { stdout } = await runHere(['environments', 'staging'], environment);

  expect(first).toBeNull();
  expect(stdout).toMatch(
    /^deployment\/cart: 2 changes since r1 \(cart#1\)\nREVISION +AUTHOR +ABOUT\nr3 +ann +Change 3\nr2 +ann +Change 2$/m,
  );
});

test('an environment that is frozen says so, until when and why', async () => {
  const window = { cron: '* * * * *', lastsMs: 3_600_000, timezone: 'Asia/Shanghai', reason: 'stocktaking' };
  const { staging } = testConfig.environments;
  if (staging === undefined) throw new Error('the fixture has no staging');
  const environments = { ...testConfig.environments, staging: { ...staging, freeze: [window] } };
  await using http = await startHttp({ config: { ...testConfig, environments } });

  const { stdout } = await runHere(['environments'], await environmentFor(http));

  expect(stdout).toMatch(
    /^staging is frozen until \d{4}-\d\d-\d\d \d\d:\d\d \(Asia\/Shanghai\): stocktaking$/m,
  );
  expect(stdout).not.toContain('production is frozen');
});

async function changesOf(http: HttpFixture) {
  const headers = await http.as('read');
  const answer = await http.app.inject({ url: '/api/v1/environments/staging', headers });
  return answer.json().workloads[0].changes;
}

interface StoredChange {
  move: number;
  branch?: string;
  path?: string;
  action?: 'modified' | 'replaced';
  pathCount?: number;
}

async function storeChange(
  db: Db,
  { move, branch = 'trunk', path = 'a.txt', action = 'modified', pathCount = 1 }: StoredChange,
): Promise<void> {
  const place = { repository: 'shop', generation: 1, branch, move, revision: `${move}` };
  const about = { author: 'ann', committedAt: null, message: `Change ${move}` };
  const kind = path === 'services' ? 'directory' : 'file';
  const paths = [{ path, action, kind } as const];
  await insertChanges(db, [{ id: `change-${move}`, ...place, ...about, paths, pathCount, eventId: null }]);
}
