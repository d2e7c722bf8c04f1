import { expect, test } from 'vitest';
import { includedFile } from '../../src/domain/include.ts';
import { noTriggers } from '../../src/domain/no-triggers.ts';
import type { Pipeline } from '../../src/domain/pipeline.ts';
import { createRun } from '../../src/runs/create-run.ts';
import { retryRun } from '../../src/runs/repeat-run.ts';
import type { Db } from '../../src/store/database.ts';
import { removeUnusedTexts } from '../../src/store/run-files.ts';
import { startTested } from './old-runs.ts';

const pipelineOf = (...texts: string[]): Pipeline => ({
  name: 'cart',
  source: { repository: 'shop', path: '' },
  on: noTriggers,
  concurrency: { group: 'all', queue: 'fifo' },
  steps: [],
  files: texts.map((text, index) => includedFile({ file: `${index}.yaml`, at: null }, text)),
});

function make(db: Db, pipeline: Pipeline): Promise<{ runId: string }> {
  const place = { repository: 'shop', generation: 1, branch: 'trunk', move: 1, revision: '1' };
  const about = { author: null, committedAt: null, message: '', identity: null, eventId: null };
  const entry = { name: 'cart', source: '', pipeline };
  const wish = {
    ...place,
    ...about,
    trigger: 'api',
    requestedBy: 'ann',
    parameters: {},
    pipeline: entry,
  } as const;
  return db.transaction().execute((tx) => createRun(tx, wish));
}

async function textsOf(db: Db): Promise<string[]> {
  const rows = await db.selectFrom('file_text').select('text').orderBy('text').execute();
  return rows.map(({ text }) => text);
}

test('the texts of included files stand once for all runs, also for a retry, and go with the last run that has them', async () => {
  await using tested = await startTested();
  const { db } = tested;
  const [first, second] = [await make(db, pipelineOf('a', 'b')), await make(db, pipelineOf('b', 'c', 'c'))];
  await db.updateTable('run').set({ state: 'ended', outcome: 'failed', ended_at: new Date() }).execute();
  const retry = await db.transaction().execute((tx) => retryRun(tx, { runId: first.runId, by: 'ann' }));
  if ('refused' in retry) throw new Error(retry.refused);
  const definitions = await db.selectFrom('run').select('definition').execute();

  const all = await textsOf(db);
  const none = await removeUnusedTexts(db);
  await db.deleteFrom('run').where('id', 'in', [first.runId, second.runId]).execute();
  const removed = await removeUnusedTexts(db);
  const ofRetry = await textsOf(db);
  await db.deleteFrom('run').execute();
  await removeUnusedTexts(db);

  expect(all).toEqual(['a', 'b', 'c']);
  expect(JSON.stringify(definitions)).not.toContain('"text"');
  expect([none, removed]).toEqual([0, 1]);
  expect(ofRetry).toEqual(['a', 'b']);
  expect(await textsOf(db)).toEqual([]);
});

test('no text goes while somebody is making a run of it', async () => {
  await using tested = await startTested();
  const { db } = tested;
  const { runId } = await make(db, pipelineOf('a'));
  await db.deleteFrom('run').where('id', '=', runId).execute();

  const removed = await db.transaction().execute(async (tx) => {
    const entry = { name: 'cart', source: '', pipeline: pipelineOf('a') };
    const place = { repository: 'shop', generation: 1, branch: 'trunk', move: 1, revision: '1' };
    const about = { author: null, committedAt: null, message: '', identity: null, eventId: null };
    await createRun(tx, {
      ...place,
      ...about,
      trigger: 'api',
      requestedBy: 'ann',
      parameters: {},
      pipeline: entry,
    });
    return removeUnusedTexts(db);
  });

  expect(removed).toBe(0);
  expect(await textsOf(db)).toEqual(['a']);
});
