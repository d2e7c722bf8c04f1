import { expect, test } from 'vitest';
import { answers } from '../../src/cli/answers.ts';
import { reportEnd } from '../../src/cli/follow-run.ts';
import { runBlock } from '../../src/cli/run-block.ts';
import { runPage } from '../../src/cli/run-text.ts';
import type { Terminal } from '../../src/cli/terminal.ts';

const now = new Date('2026-11-28T12:00:00Z');
const times = { createdAt: now, startedAt: now, endedAt: now };
const step = { kind: 'run', needs: [], state: 'ended', reason: null, progress: null, ...times };
const run = answers.run.parse({
  ...times,
  ...{ id: '1', pipeline: 'cart', number: 1, branch: 'trunk', revision: '7', author: 'ann' },
  ...{ message: 'a change', trigger: 'api', requestedBy: 'ann', images: [], deployments: [] },
  ...{ state: 'ended', outcome: 'succeeded', reason: 'with a warning: lint failed' },
  steps: [
    { ...step, id: 'lint', outcome: 'failed', reason: 'exit code 1', isWarning: true },
    { ...step, id: 'test', outcome: 'succeeded', isWarning: false },
  ],
  why: { eventId: null, filters: [] },
});

function plainTerminal(): Terminal & { said: string[] } {
  const said: string[] = [];
  const say = (text: string) => void said.push(text);
  return {
    ...{ isLive: false, columns: 80, rows: 24, paint: (_style: string, text: string) => text },
    ...{ print: say, note: say, said },
  } as unknown as Terminal & { said: string[] };
}

test('a failure that the pipeline allows is shown as a warning, and the run ends with code 0', () => {
  const terminal = plainTerminal();

  reportEnd(terminal, run);

  expect(terminal.said.join('')).toBe('cart#1 succeeded in 0s: with a warning: lint failed\n');
  expect(runPage(terminal, run, now)).toMatch(/lint +run +warning +0s +exit code 1/);
  expect(runBlock(terminal, run, now)).toMatch(/! lint +0s +warning\n +exit code 1\n/);
});
