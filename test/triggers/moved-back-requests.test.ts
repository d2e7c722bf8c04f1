import { expect, test } from 'vitest';
import { noTriggers } from '../../src/domain/no-triggers.ts';
import { waitFor } from '../support/wait-for.ts';
import { given, runsOf, tell } from './git-triggers-under-test.ts';
import { pipelineOf } from './triggers-under-test.ts';

/** As GitLab before version 17.4 sends it, without a key. */
function update(revision: string, oldrev: string, updatedAt: string) {
  const branches = { source_branch: 'topic', target_branch: 'main', last_commit: { id: revision } };
  const projects = { source_project_id: 1, target_project_id: 1 };
  const update = { iid: 1, action: 'update', oldrev, updated_at: updatedAt };
  return { object_kind: 'merge_request', object_attributes: { ...branches, ...projects, ...update } };
}

test('a request whose branch is pushed to and fro runs each time, also where GitLab tells deliveries by no key', async () => {
  const app = pipelineOf('app');
  app.pipeline.on = { ...noTriggers, mergeRequest: { branches: ['**'] } };
  await using site = await given([app]);
  const { git, first, db } = site;
  const one = await git.commit({ branch: 'topic', from: first, files: { 'app/a.txt': '2' } });
  const two = await git.commit({ branch: 'topic', files: { 'app/a.txt': '3' } });
  await using _watching = await site.watch({ pollMs: 100 });
  await site.start();
  const moveTo = async (revision: string, from: string, at: string) => {
    await git.git('update-ref', 'refs/heads/topic', revision);
    const seen = db.selectFrom('git_ref').select('ref').where('object_id', '=', revision);
    await waitFor(async () => (await seen.execute()).length === 1, { what: 'the push to be seen' });
    return tell(site, update(revision, from, `2026-01-01 00:00:0${at} UTC`));
  };

  await moveTo(one, two, '1');
  await moveTo(two, one, '2');
  const last = await moveTo(one, two, '3');
  const repeated = await moveTo(one, two, '3');

  expect(repeated).toBe(last);
  expect(await runsOf(site)).toEqual([one, two, one].map((id) => `app topic ${id} merge-request`));
});
