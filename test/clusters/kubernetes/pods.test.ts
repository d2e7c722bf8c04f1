import { expect, test } from 'vitest';
import { logOfLastEnd } from '../../../src/clusters/kubernetes/pods.ts';
import type { JsonObject } from '../../../src/domain/json.ts';

const end = {
  terminated: { exitCode: 1, startedAt: '2026-01-01T10:00:04Z', finishedAt: '2026-01-01T10:00:05Z' },
};
const endedAt = Date.parse('2026-01-01T10:00:05.700Z');
const older = [{ at: endedAt - 20_000 }];
const ended = [{ at: endedAt }];
const newer = [{ at: endedAt + 10_000 }];

const view = (status: JsonObject) => ({ name: 'api', spec: {}, status, isInit: false });

test.for([
  ['it is down', { restartCount: 1, state: end }, { previous: older, current: ended }],
  [
    'it waits for its restart',
    { restartCount: 1, state: { waiting: {} }, lastState: end },
    { previous: older, current: ended },
  ],
  [
    'it runs anew',
    { restartCount: 2, state: { running: {} }, lastState: end },
    { previous: ended, current: newer },
  ],
  [
    'it runs anew and has said nothing',
    { restartCount: 2, state: { running: {} }, lastState: end },
    { previous: ended, current: [] },
  ],
  ['it was begun anew after the look', { restartCount: 1, state: end }, { previous: ended, current: newer }],
  [
    'it was begun anew within the same second',
    { restartCount: 0, state: end },
    { previous: ended, current: [{ at: endedAt + 100 }] },
  ],
] as const)('the log of the run that ended is found when %s', ([, status, logs]) => {
  const { previous, current } = logs;

  expect(
    logOfLastEnd<{ at: number }>(view(status), { previous: [...previous], current: [...current] }),
  ).toEqual(ended);
});

test('where the node no longer has that log, the run after it speaks for it, unless it runs', () => {
  const logs = { previous: [], current: newer };

  expect(logOfLastEnd(view({ restartCount: 1, state: end }), logs)).toEqual(newer);
  expect(logOfLastEnd(view({ restartCount: 2, state: { running: {} }, lastState: end }), logs)).toEqual([]);
});
