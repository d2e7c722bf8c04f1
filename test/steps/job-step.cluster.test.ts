import { expect, test } from 'vitest';
import type { JsonObject } from '../../src/domain/json.ts';
import type { StepResult } from '../../src/steps/step-handler.ts';
import { waitFor } from '../support/wait-for.ts';
import { stopSignals } from './deploy-under-test.ts';
import { startJobs } from './jobs-under-test.ts';

test('a job runs to its end with its log, once for the same content; one that fails says why', async () => {
  await using jobs = await startJobs();
  const log: string[] = [];
  const source = {
    step: 'image',
    commands: ['echo "adding the column for r$REVISION"'],
    env: { REVISION: '${revision}' },
  };

  const first = await jobs.run({ source }, { log });
  await jobs.remember(first);
  const again = await jobs.run({ source }, {});
  const otherRevision = await jobs.run({ source }, { revision: '2' });
  const failing = { ...source, commands: ['echo starting', 'echo "cannot find the table" >&2', 'exit 4'] };
  const failed = await jobs.run({ source: failing }, {});

  expect(first).toMatchObject({
    outcome: 'succeeded',
    output: { job: expect.stringMatching(/^cart-migrate-[0-9a-f]{10}$/) },
  });
  expect(log).toContain('adding the column for r1');
  expect(again).toMatchObject({
    outcome: 'succeeded',
    note: 'skipped: the same job has succeeded in staging already, in cart #1',
  });
  expect(otherRevision).toMatchObject({ outcome: 'succeeded', output: { job: expect.any(String) } });
  expect(failed).toEqual({
    outcome: 'failed',
    reason: expect.stringMatching(
      /^job\/cart-migrate-[0-9a-f]{10}: container `job` exits 4 right after start; last line: cannot find the table$/,
    ),
  });
});

test('a job has its secrets in a Secret of its own, which goes when it has ended, or with it', async () => {
  await using jobs = await startJobs();
  const source = { step: 'image', commands: ['test "$PASSWORD" = "correct horse battery"'], env: {} };
  const waiting = { ...source, commands: ['echo begun; sleep 600'] };
  const secrets = { PASSWORD: 'database' };
  const stopped = stopSignals();
  const log: string[] = [];

  const ended = await jobs.run({ source, secrets }, {});
  const leftByEnded = await jobs.secrets();
  const cancelled = jobs.run({ source: waiting, secrets }, { ...stopped, revision: '2', log });
  await waitFor(() => log.includes('begun'), { what: 'the job to work' });
  const [job = ''] = (await jobs.names()).filter((name) => !name.endsWith(String(outputOf(ended).job)));
  const [meanwhile, owner] = [await jobs.secrets(), await jobs.ownerOfSecret()];
  stopped.stop({ kind: 'cancelled', by: 'ann', rollout: 'leave' });
  await cancelled;
  const refused = await jobs.run({ source, secrets: { PASSWORD: 'other' } }, { revision: '3' });

  expect(ended.outcome).toBe('succeeded');
  expect(leftByEnded).toEqual([]);
  expect(meanwhile.map((name) => `job.batch/${name}`)).toEqual([job]);
  expect(`job.batch/${owner}`).toBe(job);
  expect(await jobs.secrets()).toEqual([]);
  expect(refused).toMatchObject({ outcome: 'failed', reason: expect.stringContaining("no secret 'other'") });
});

test('a job of a manifest is followed on by another worker, and deleted when its step is cancelled', async () => {
  await using jobs = await startJobs();
  await jobs.write('migrate.yaml', 'i=0; while :; do i=$((i+1)); echo "row $i"; sleep 0.3; done');
  const journal: { entry?: JsonObject } = {};
  const step = { source: { manifest: 'migrate.yaml' } };
  const [first, second] = [stopSignals(), stopSignals()];
  const [firstLog, secondLog]: [string[], string[]] = [[], []];

  const lost = jobs.run(step, { ...first, journal, log: firstLog });
  await waitFor(() => firstLog.includes('row 1') && journal.entry?.readUpTo !== undefined, {
    what: 'the job to say something that is noted as read',
  });
  first.stop({ kind: 'lease-lost' });
  await expect(lost).rejects.toMatchObject({ code: 'lease-lost' });
  const continued = jobs.run(step, { ...second, journal, log: secondLog });
  await waitFor(() => secondLog.length > 3, { what: 'the job to be followed on' });
  const namesMeanwhile = await jobs.names();
  second.stop({ kind: 'cancelled', by: 'ann', rollout: 'leave' });
  const cancelled = await continued;

  expect(namesMeanwhile).toHaveLength(1);
  expect(secondLog).not.toContain('row 1');
  expect(cancelled).toMatchObject({
    outcome: 'cancelled',
    reason: expect.stringMatching(/^cancelled by ann; job\/migrate-[0-9a-f]{10} was deleted$/),
  });
  await waitFor(async () => (await jobs.names()).length === 0, { what: 'the job to be gone' });
});

test('a job that was made by a worker that died before it could say so is deleted by a cancel', async () => {
  await using jobs = await startJobs();
  await jobs.write('migrate.yaml', 'echo begun; sleep 600');
  const journal: { entry?: JsonObject } = {};
  const step = { source: { manifest: 'migrate.yaml' } };
  const [first, second] = [stopSignals(), stopSignals()];
  const log: string[] = [];
  const lost = jobs.run(step, { ...first, journal, log });
  await waitFor(() => log.includes('begun'), { what: 'the job to be made' });
  first.stop({ kind: 'lease-lost' });
  await expect(lost).rejects.toMatchObject({ code: 'lease-lost' });
  const { started: _, readUpTo: __, ...written } = journal.entry ?? {};

  await jobs.restart();
  second.stop({ kind: 'cancelled', by: 'ann', rollout: 'leave' });
  const cancelled = await jobs.run(step, { ...second, journal: { entry: written } });

  expect(cancelled).toMatchObject({
    outcome: 'cancelled',
    reason: expect.stringMatching(/^cancelled by ann; job\/migrate-[0-9a-f]{10} was deleted$/),
  });
  await waitFor(async () => (await jobs.names()).length === 0, { what: 'the job to be gone' });
});

test('a job whose making ends in a fault is found by the next attempt; after the last one it is deleted', async () => {
  await using jobs = await startJobs();
  await jobs.write('migrate.yaml', 'sleep 600');
  jobs.loseAnswers();
  const journal: { entry?: JsonObject } = {};
  const step = { source: { manifest: 'migrate.yaml' } };

  await expect(jobs.run(step, { journal })).rejects.toMatchObject({ message: 'The answer was lost' });
  const afterFirst = await jobs.names();
  await expect(jobs.run(step, { journal, isLastAttempt: true })).rejects.toMatchObject({
    code: 'cluster-unreachable',
    message: `The answer was lost; ${afterFirst[0]?.replace('.batch', '')}, which may have been made, was deleted`,
  });

  expect(afterFirst).toHaveLength(1);
  await waitFor(async () => (await jobs.names()).length === 0, { what: 'the job to be gone' });
});

function outputOf(result: StepResult): JsonObject {
  return result.output ?? {};
}
