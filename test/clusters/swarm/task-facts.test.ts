import { expect, test } from 'vitest';
import { lifetimeSeconds } from '../../../src/clusters/swarm/task-facts.ts';

const never = '0001-01-01T00:00:00Z';

test.for([
  {
    what: 'ran',
    StartedAt: '2026-03-01T10:00:00.250Z',
    FinishedAt: '2026-03-01T10:01:00.250123456Z',
    seconds: 60,
  },
  {
    what: 'ended before its engine had noted the start',
    StartedAt: '2026-03-01T10:00:00.750Z',
    FinishedAt: '2026-03-01T10:00:00.250Z',
    seconds: 0,
  },
  { what: 'never started', StartedAt: never, FinishedAt: never, seconds: Number.NaN },
  { what: 'still runs', StartedAt: '2026-03-01T10:00:00Z', FinishedAt: never, seconds: Number.NaN },
])('a container that $what', ({ StartedAt, FinishedAt, seconds }) => {
  expect(lifetimeSeconds({ StartedAt, FinishedAt })).toBe(seconds);
});
