import { setTimeout as delay } from 'node:timers/promises';
import { type StoppedHook, stoppedHooks } from '../domain/gitlab-hooks.ts';
import { recordAlarm } from '../store/record-alarm.ts';
import { type AskForge, createForgeClient } from './forge-client.ts';
import type { StatusReporterOptions } from './status-reporter.ts';

export interface WebhookWatchOptions extends StatusReporterOptions {
  /** Default: 10 minutes. */
  everyMs?: number;
}

const defaultEveryMs = 10 * 60_000;

/**
 * Asks GitLab from time to time whether it still sends its webhooks to us: after failures it stops them by itself, for a
 * while or for good, and what it did not send it never sends again (polling finds that). Raises an alarm for one that is
 * stopped and has GitLab send a test, whose good answer makes it go on. Works until it is disposed.
 */
export function startWebhookWatch(options: WebhookWatchOptions): AsyncDisposable {
  const { logger, repository, everyMs = defaultEveryMs } = options;
  const stop = new AbortController();
  const ask = createForgeClient(options.statuses);
  const work = async () => {
    while (!stop.signal.aborted) {
      await look(options, ask, stop.signal).catch((error: unknown) => {
        if (!stop.signal.aborted)
          logger.error({ err: error, repository }, 'Webhooks of GitLab not looked at');
      });
      await delay(everyMs, undefined, { signal: stop.signal }).catch(() => {});
    }
  };
  const working = work();
  return {
    async [Symbol.asyncDispose]() {
      stop.abort();
      await working;
    },
  };
}

/** A token that may not see webhooks tells nothing, and that is not worth a warning: statuses need less. */
async function look(options: WebhookWatchOptions, ask: AskForge, signal: AbortSignal): Promise<void> {
  const { statuses, url, logger, repository } = options;
  const hooks = `/projects/${encodeURIComponent(statuses.project)}/hooks`;
  const answer = await ask({ method: 'GET', path: `${hooks}?per_page=100` }, signal);
  const stopped = answer.code === 200 ? stoppedHooks(answer.body, url) : null;
  if (stopped === null) {
    return logger.debug({ repository, code: answer.code }, 'GitLab does not tell how its webhooks fare');
  }
  for (const hook of stopped) {
    await raiseAlarm(options, hook);
    const test = await ask({ method: 'POST', path: `${hooks}/${hook.id}/test/push_events` }, signal);
    const facts = { repository, hook: hook.id, code: test.code, why: test.body.slice(0, 200) };
    if (test.code >= 200 && test.code < 300) logger.info(facts, 'GitLab has tried its stopped webhook');
    else logger.warn(facts, 'GitLab has not tried its stopped webhook');
  }
}

async function raiseAlarm(
  { store, repository }: WebhookWatchOptions,
  { id, until }: StoppedHook,
): Promise<void> {
  const howLong = until === null ? 'for good' : `until ${until}`;
  await recordAlarm(store.db, {
    repository,
    key: `gitlab-hook-${id}-${until ?? new Date().toISOString().slice(0, 10)}`,
    alarm: `GitLab has stopped its webhook ${id} ${howLong}, since deliveries were not answered; commits are found by polling meanwhile. GitLab was asked to test it: if it stays stopped, look at its recent events under Settings, Webhooks`,
  });
}
