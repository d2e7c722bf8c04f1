import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { noTriggers } from '../../src/domain/no-triggers.ts';
import { replayEvent } from '../../src/triggers/replay-event.ts';
import type { CatalogueEntry } from '../../src/triggers/watch.ts';
import { waitFor } from '../support/wait-for.ts';
import { given, runsOf, settled, tell } from './git-triggers-under-test.ts';
import { pipelineOf } from './triggers-under-test.ts';

const documented = JSON.parse(
  await readFile(new URL('../http/payloads/gitlab-pipeline.json', import.meta.url), 'utf8'),
);

/** GitLab's own example, of a branch. */
function payloadOf(sha: string, changes: object = {}) {
  const object_attributes = { ...documented.object_attributes, source: 'push', ref: 'main', sha, ...changes };
  return { ...documented, merge_request: null, object_attributes };
}

function afterGitlab(name: string, branches: string[]): CatalogueEntry {
  const entry = pipelineOf(name);
  const gitlabPipeline = { status: ['success' as const], branches };
  return { ...entry, pipeline: { ...entry.pipeline, on: { ...noTriggers, gitlabPipeline } } };
}

test('a pipeline of GitLab that succeeds makes one run of its commit, however often it is told, and says why', async () => {
  await using site = await given([
    afterGitlab('app', ['main']),
    afterGitlab('release', ['release-*']),
    pipelineOf('commits'),
  ]);
  const newer = await site.git.commit({ files: { 'app/a.txt': 'newer' } });
  await site.start();

  await tell(site, payloadOf(site.first, { status: 'running' }), 'running');
  const eventId = await tell(site, payloadOf(site.first), 'success');
  await tell(site, payloadOf(site.first, { id: 32 }), 'success of another');
  await tell(site, payloadOf(site.first, { id: 33, status: 'failed' }), 'failed');
  await replayEvent(site.db, eventId);
  const { event, changes } = await settled(site, eventId);
  await tell(site, payloadOf(newer, { id: 34 }), 'of the newer');

  expect(await runsOf(site)).toEqual([
    `app main ${site.first} gitlab-pipeline`,
    `app main ${newer} gitlab-pipeline`,
  ]);
  expect(event).toMatchObject({ state: 'handled', error: null });
  const ended = changes.find(({ gitlab }) => gitlab?.status === 'success');
  expect(ended).toMatchObject({ branch: 'main', revision: site.first, gitlab: { id: 31 } });
  const refused = ended?.decisions.map(({ pipeline, verdict, filters }) =>
    [pipeline, verdict, ...filters.flatMap(({ filter, passed }) => (passed ? [] : [filter]))].join(' '),
  );
  expect(refused).toEqual(['app run', 'commits skip on', 'release skip branches']);
});

test('one of a merge request, or of a commit that is not on its branch, starts nothing, and its event says so', async () => {
  await using site = await given([afterGitlab('app', ['**'])]);
  await site.start();

  const ofRequest = await tell(
    site,
    { ...documented, object_attributes: { ...payloadOf(site.first).object_attributes } },
    'request',
  );
  const elsewhere = await tell(site, payloadOf('a'.repeat(40)), 'elsewhere');

  expect((await settled(site, ofRequest)).event).toMatchObject({
    state: 'handled',
    error: expect.stringContaining('of a merge request'),
  });
  expect((await settled(site, elsewhere)).event).toMatchObject({
    state: 'failed',
    error: expect.stringContaining('pipeline 31 of GitLab: '),
  });
  expect(await runsOf(site)).toEqual([]);
});

test('the commit and the end of GitLab’s pipeline for it are a run of each for a pipeline that takes both', async () => {
  const both = pipelineOf('app', { branches: ['**'] });
  both.pipeline.on.gitlabPipeline = { status: ['success'], branches: ['**'] };
  await using site = await given([both]);
  await site.watch();
  await site.start();
  const head = await site.git.commit({ files: { 'app/a.txt': '2' } });

  await site.hook({ before: site.first, after: head });
  await waitFor(async () => (await runsOf(site)).length === 1, { what: 'the run of the commit' });
  await tell(site, payloadOf(head), 'success');

  expect(await runsOf(site)).toEqual([`app main ${head} commit`, `app main ${head} gitlab-pipeline`]);
});
