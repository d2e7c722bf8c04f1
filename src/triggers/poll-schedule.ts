const longestBackoffMs = 5 * 60_000;
const longestStretchMs = 15 * 60_000;
const longestRestMs = 5_000;

/** Time between two polls: while hooks announce every commit, polling only looks after what they might lose. */
export function pollIntervalMs(schedule: { pollMs: number; areHooksTrusted: boolean }): number {
  const { pollMs, areHooksTrusted } = schedule;
  return areHooksTrusted ? Math.max(pollMs, Math.min(pollMs * 10, longestStretchMs)) : pollMs;
}

/**
 * Pause after the n-th failure in a row: 2 s, doubled each time up to 5 minutes, scattered by a half, so that
 * repositories of one server do not all come back at once. `random` is in [0, 1).
 */
export function backoffMs(failures: number, random: number): number {
  const fullMs = Math.min(2_000 * 2 ** Math.max(0, failures - 1), longestBackoffMs);
  return Math.round(fullMs * (0.5 + random / 2));
}

/**
 * How long not even a hook makes a repository be asked again that has not answered n times in a row: each asking starts
 * svn, and while its server is away hooks may come by the thousand. 1 s, doubled each time up to 5 s.
 */
export function restMs(failures: number): number {
  return failures === 0 ? 0 : Math.min(1_000 * 2 ** (failures - 1), longestRestMs);
}
