import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { addArtifact } from '../../src/store/artifacts.ts';
import { endRun } from '../http/run-log-writer.ts';
import { startHttp, storeRun } from '../http/start-http.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { environmentFor } from './run-cli.ts';
import { runHere } from './run-here.ts';

test('the artifacts of a run are listed and fetched, each below its step', async () => {
  await using http = await startHttp();
  const environment = await environmentFor(http);
  await using folder = await temporaryFolder();
  await storeRun(http.db);
  const set = randomUUID();
  const content = Buffer.alloc(2_500_000, 'x');
  for (const path of ['dist/ä b?&.js', 'report.xml'])
    await addArtifact(http.db, { setId: set, path, bytes: content.length, mode: 0o644 }, chunks(content));
  const output = JSON.stringify({ artifacts: { set, files: 2, bytes: 2 * content.length } });
  await http.db.updateTable('step').set({ output }).where('id', '=', 'staging').execute();

  const listed = await runHere(['artifacts', 'cart#1'], environment);
  const fetched = await runHere(['artifacts', 'cart#1', '-o', folder.path], environment);
  const shown = await runHere(['show', 'cart#1'], environment);

  expect(listed).toMatchObject({ exitCode: 0, stderr: '' });
  expect(listed.stdout).toMatch(
    /^STEP +SIZE +FILE\nstaging +2\.5 MB +dist\/ä b\?&\.js\nstaging +2\.5 MB +report\.xml\n/,
  );
  expect(fetched).toMatchObject({ exitCode: 0, stderr: '' });
  expect((await readFile(join(folder.path, 'staging/dist/ä b?&.js'))).equals(content)).toBe(true);
  expect(shown.stdout).toContain('artifacts staging: 2 files, 5.0 MB\n');
});

test('of one artifact the page of a run speaks as of one', async () => {
  await using http = await startHttp();
  const environment = await environmentFor(http);
  await storeRun(http.db);
  const output = JSON.stringify({ artifacts: { set: randomUUID(), files: 1, bytes: 3 } });
  await http.db.updateTable('step').set({ output }).where('id', '=', 'staging').execute();

  const shown = await runHere(['show', 'cart#1'], environment);

  expect(shown.stdout).toContain('artifacts staging: 1 file, 3 bytes\n');
});

test('an artifact that a run does not have is told as that, as is a run without any', async () => {
  await using http = await startHttp();
  const environment = await environmentFor(http);
  await storeRun(http.db);
  const headers = await http.as('read');

  const none = await runHere(['artifacts', 'cart#1'], environment);
  const url = '/api/v1/runs/cart:1/artifacts/staging?path=dist/app.js';
  const unknown = await http.app.inject({ url, headers });
  const stranger = await http.app.inject({ url });

  expect(none).toMatchObject({ exitCode: 0, stderr: 'No artifacts.\n' });
  expect(unknown.json()).toMatchObject({ status: 404, code: 'artifact-not-found' });
  expect(stranger.statusCode).toBe(401);
});

async function* chunks(content: Buffer): AsyncGenerator<Buffer> {
  yield content;
}

test('a pipeline file of the repository is told as not read yet only while it may still be read', async () => {
  await using http = await startHttp();
  const environment = await environmentFor(http);
  const { id } = await storeRun(http.db);
  const source = { repository: 'shop', path: 'services/cart' };
  const definition = JSON.stringify({ name: 'cart', source, file: { path: 'ci.yaml' }, steps: [] });
  await http.db.updateTable('run').set({ definition }).where('id', '=', id).execute();

  const before = await runHere(['show', 'cart#1'], environment);
  await endRun(http.db, 'failed', 'ci.yaml:4:17: unknown key');
  const after = await runHere(['show', 'cart#1'], environment);

  expect(before.stdout).toMatch(/^pipeline +services\/cart\/ci\.yaml of shop, not read yet$/m);
  expect(after.stdout).toMatch(/^pipeline +services\/cart\/ci\.yaml of shop, nothing of which was used$/m);
});
