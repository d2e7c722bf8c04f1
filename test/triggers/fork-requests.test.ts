import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { readGithubPayload } from '../../src/domain/github-payload.ts';
import { readGitlabPayload } from '../../src/domain/gitlab-payload.ts';
import { noTriggers } from '../../src/domain/no-triggers.ts';
import { followEndedRuns } from '../../src/triggers/follow-runs.ts';
import type { CatalogueEntry } from '../../src/triggers/watch.ts';
import { startGitHttpServer } from '../support/git-http-server.ts';
import { type GitTriggers, given, runsOf, settled } from './git-triggers-under-test.ts';
import { pipelineOf } from './triggers-under-test.ts';

const documented = {
  github: await payload('github-pull-request'),
  gitlab: await payload('gitlab-merge-request'),
};

async function payload(name: string) {
  return JSON.parse(await readFile(new URL(`../http/payloads/${name}.json`, import.meta.url), 'utf8'));
}

/** GitHub's own example of a pull request, from a repository of somebody else. Gitea and Forgejo send the same. */
function pullRequest(sha: string, { action = 'opened', number = 7 } = {}) {
  const { pull_request: request } = documented.github;
  const head = { ...request.head, ref: 'main', sha, repo: { ...request.head.repo, full_name: 'eve/shop' } };
  const base = { ...request.base, ref: 'main' };
  return { ...documented.github, action, number, pull_request: { ...request, number, head, base } };
}

/** GitLab's own example of a merge request, from another project. */
function mergeRequest(id: string) {
  const { object_attributes: attributes } = documented.gitlab;
  const forked = {
    iid: 7,
    action: 'open',
    source_project_id: 99,
    source_branch: 'main',
    target_branch: 'main',
  };
  return {
    ...documented.gitlab,
    object_attributes: { ...attributes, ...forked, last_commit: { ...attributes.last_commit, id } },
  };
}

function requested(name: string, forks?: boolean): CatalogueEntry {
  const entry = pipelineOf(name);
  const mergeRequest = { branches: ['main'], forks };
  return { ...entry, pipeline: { ...entry.pipeline, on: { ...noTriggers, mergeRequest } } };
}

/** A commit that no branch of the repository has: it came with a request. */
async function commitOfStranger(
  { git }: GitTriggers,
  ref: string,
  from: string | null = null,
): Promise<string> {
  const files = { 'app/a.txt': `of a stranger ${Math.random()}` };
  const id = await git.commit({ branch: 'strange', from, files, message: 'strange' });
  await git.git('update-ref', ref, id);
  await git.git('update-ref', '-d', 'refs/heads/strange');
  return id;
}

async function told(
  site: GitTriggers,
  { sent, read, delivery }: { sent: object; read: typeof readGitlabPayload; delivery: string },
): Promise<string> {
  const receipt = await site.tell(sent, delivery, read);
  const eventId = 'eventId' in receipt ? receipt.eventId : '';
  await settled(site, eventId);
  return eventId;
}

const ofGithub = (sent: unknown) => readGithubPayload('pull_request', sent);

test.for([
  ['GitHub, Gitea and Forgejo', 'pull', pullRequest, ofGithub],
  ['GitLab', 'merge-requests', mergeRequest, readGitlabPayload],
] as const)(
  'a request of a fork is fetched from %s by its ref, for the pipelines that say so alone',
  async ([, kind, payloadOf, read]) => {
    await using site = await given([
      requested('open', true),
      requested('strict'),
      requested('stricter', false),
    ]);
    await using server = await startGitHttpServer(site.git.root);
    const head = await commitOfStranger(site, `refs/${kind}/7/head`);
    await site.start({ url: `${server.url}/shop.git` });

    const eventId = await told(site, { sent: payloadOf(head), read, delivery: 'one' });

    expect(await runsOf(site)).toEqual([`open ${kind}/7 ${head} merge-request`]);
    const run = await site.db.selectFrom('run').selectAll().executeTakeFirstOrThrow();
    const request = { number: 7, source: 'main', target: 'main', isFork: true };
    expect(run).toMatchObject({
      ...{ message: 'strange', told: { request } },
      // Apart from the runs of our own branches, however the file names its groups.
      concurrency_group: expect.stringMatching(/, merge request 7$/),
    });
    const { changes } = await settled(site, eventId);
    const decided = changes[0]?.decisions.map(({ pipeline, verdict, filters }) =>
      [pipeline, verdict, ...filters.flatMap(({ filter, passed }) => (passed ? [] : [filter]))].join(' '),
    );
    expect(decided).toEqual(['open run', 'strict skip forks', 'stricter skip forks']);
  },
);

test('each commit of a request of a fork is one run, also one that it has moved on from; nothing runs after it', async () => {
  const after = pipelineOf('after');
  const pipeline = { name: 'open', on: 'ended', branches: ['**'] } as const;
  after.pipeline.on = { ...noTriggers, pipeline: { ...pipeline, branches: ['**'] } };
  await using site = await given([requested('open', true), after]);
  await using server = await startGitHttpServer(site.git.root);
  const first = await commitOfStranger(site, 'refs/pull/7/head');
  const second = await commitOfStranger(site, 'refs/pull/7/head', first);
  await site.start({ url: `${server.url}/shop.git` });
  const tell = (sent: object, delivery: string) => told(site, { sent, read: ofGithub, delivery });

  await tell(pullRequest(first), 'one');
  await tell(pullRequest(second, { action: 'synchronize' }), 'two');
  await tell(pullRequest(second, { action: 'reopened' }), 'three');
  await site.db
    .updateTable('run')
    .set({ state: 'ended', outcome: 'succeeded', ended_at: new Date() })
    .execute();
  await followEndedRuns(
    { store: site.store, wakeRun: async () => {} },
    { catalogue: () => [after], awaitedAfter: () => [] },
  );

  expect(await runsOf(site)).toEqual([
    `open pull/7 ${first} merge-request`,
    `open pull/7 ${second} merge-request`,
  ]);
  const follow = await site.db.selectFrom('event').select('id').where('source', '=', 'pipeline').execute();
  expect(follow).toEqual([]);
  expect(await site.db.selectFrom('run').select('is_followed').distinct().execute()).toEqual([
    { is_followed: true },
  ]);
});

test('where no pipeline runs forks nothing of theirs is fetched; a commit that the server does not have is told', async () => {
  const pipelines = [requested('strict')];
  await using site = await given(pipelines);
  await using server = await startGitHttpServer(site.git.root);
  const head = await commitOfStranger(site, 'refs/pull/7/head');
  await site.start({ url: `${server.url}/shop.git` });

  const strict = await told(site, { sent: pullRequest(head), read: ofGithub, delivery: 'one' });
  const asked = server.requests.length;
  pipelines.push(requested('open', true));
  const missing = await told(site, { sent: pullRequest('a'.repeat(40)), read: ofGithub, delivery: 'two' });

  const [refused, gone] = [await settled(site, strict), await settled(site, missing)];
  expect(asked).toBe(0);
  expect(refused.event).toMatchObject({ state: 'failed', error: expect.stringContaining('untrusted') });
  expect(gone.event.error).toContain(
    'merge request 7: "shop" does not have the commit aaaaaaaaaaaa under refs/pull/7/head',
  );
  expect(await runsOf(site)).toEqual([]);
});
