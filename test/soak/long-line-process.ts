import { memoryUsage } from 'node:process';
import { Secret } from '../../src/domain/secret.ts';
import { readLog } from '../../src/logs/log-reader.ts';
import { openLogWriter } from '../../src/logs/log-writer.ts';
import { SecretMatcher } from '../../src/logs/secret-matcher.ts';
import { storedRun } from '../logs/stored-run.ts';
import { startTestRun } from '../support/test-run.ts';

// Writes one line of 2 GiB with a secret in each mebibyte, and prints what is kept of it and how much memory it took.
await using _run = await startTestRun();
await using run = await storedRun();
const matcher = new SecretMatcher([new Secret('top secret')]);
const writer = await openLogWriter({ db: run.store.db, lease: run.lease, matcher });
const part = `${'x'.repeat(2 ** 20 - 11)} top secret`;
writer.write('unit', 'the beginning');
await writer.flush();
const begun = memoryUsage().rss;
let peak = begun;
const startedAt = performance.now();
for (let index = 0; index < 2_048; index += 1) {
  writer.write('unit', part);
  await writer.drained();
  peak = Math.max(peak, memoryUsage().rss);
}
writer.write('unit', 'the end');
await writer.close();
const seconds = (performance.now() - startedAt) / 1000;
let keptUnits = 0;
let hasSecret = false;
let ends = '';
for await (const { text } of readLog(run.store.db, { runId: run.runId })) {
  if (keptUnits === 0) ends = `${text.slice(0, 13)} … `;
  keptUnits += text.length;
  hasSecret ||= text.includes('secret');
  ends = ends.slice(0, 16) + text.slice(-7);
}
const report = {
  keptMiB: Math.round(keptUnits / 2 ** 20),
  hasSecret,
  ends,
  grownMiB: Math.round((peak - begun) / 2 ** 20),
  megabytesPerSecond: Math.round((2 * 2 ** 30) / 1e6 / seconds),
};
process.stdout.write(JSON.stringify(report));
