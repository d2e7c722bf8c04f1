import { branchOfRef } from '../domain/git-names.ts';
import type { ToldNews } from '../domain/webhook-news.ts';
import { requestCancel } from '../runs/cancel-run.ts';
import type { Db } from '../store/database.ts';
import { skipChange } from '../store/skip-change.ts';

type PushNews = Extract<ToldNews, { kind: 'push' }>;

/**
 * For a push that says that nothing is to be run for it, told of after polling had found it: what waits for it waits no
 * more, and what runs is cancelled.
 */
export async function skipLate(
  db: Db,
  repository: string,
  { ref, after, pushOption }: PushNews,
): Promise<void> {
  const branch = branchOfRef(ref);
  if (branch === null || pushOption === undefined) return;
  const actual = `${pushOption}, told of after polling had found the push`;
  const why = { filter: 'push-option', expected: `no ${pushOption}`, actual, passed: false };
  const runIds = await skipChange(db, { repository, branch, revision: after, why });
  for (const runId of runIds) {
    await requestCancel(db, { runId, by: `the option ${pushOption} of the push`, rollout: 'leave' });
  }
}
