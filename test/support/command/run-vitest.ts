import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { runProcessGroup } from '../process-group.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import type { Suite } from './needs.ts';

export type TestResult = {
  passed: number;
  failed: number;
  skipped: string[];
  /** What those that passed have done to servers, as they say. */
  faults: number;
};

declare module 'vitest' {
  interface TaskMeta {
    /** How often a test kills, stops or cuts off something that a server lives on. */
    faults?: number;
  }
}

export type VitestRun = {
  suite: Suite;
  /** Paths, or parts of them, as `vitest run` takes them; none: the whole suite. */
  filters: readonly string[];
  signal: AbortSignal;
};

/** No suite may hang: past this, its processes are killed and it has failed. */
const deadlineMs: Record<Suite, number> = { fast: 10 * 60_000, all: 60 * 60_000, soak: 4 * 3_600_000 };

const selection: Record<Suite, string[]> = {
  // None of these waits for a cluster, which three at a time are for; two more keep the processors busy.
  fast: ['--exclude', '**/*.{cluster,docker,browser,registry}.test.ts', '--maxWorkers=5'],
  all: [],
  soak: ['--config', 'vitest.soak.config.ts'],
};

const root = join(import.meta.dirname, '../../..');

/** Runs the suite to its end, its report on the terminal. Whatever made Vitest fail counts as a failure. */
export async function runVitest({ suite, filters, signal }: VitestRun): Promise<TestResult> {
  await using folder = await temporaryFolder();
  const report = join(folder.path, 'report.json');
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
  const vitest = join(root, 'node_modules/vitest/vitest.mjs');
  const deadline = AbortSignal.timeout(deadlineMs[suite]);
  const ending = AbortSignal.any([signal, deadline]);
  const code = await runProcessGroup({
    command: process.execPath,
    args: [vitest, 'run', ...reporters, ...selection[suite], ...filters],
    cwd: root,
    stdio: ['ignore', 'inherit', 'inherit'],
    signal: ending,
  });
  if (deadline.aborted)
    process.stdout.write(`\nthe tests took more than ${deadlineMs[suite] / 60_000} minutes\n`);
  else if (ending.aborted) process.stdout.write(`\nended early: ${ending.reason}\n`);
  const result = await readReport(report);
  return code !== 0 && result.failed === 0 ? { ...result, failed: 1 } : result;
}

const Report = z.object({
  testResults: z.array(
    z.object({
      status: z.string(),
      assertionResults: z.array(
        z.object({
          fullName: z.string(),
          status: z.string(),
          meta: z.object({ faults: z.number().default(0) }),
        }),
      ),
    }),
  ),
});

/** A file that failed before its first test could run is one failure. */
async function readReport(path: string): Promise<TestResult> {
  const text = await readFile(path, 'utf8').catch(() => '{"testResults":[]}');
  const files = Report.parse(JSON.parse(text)).testResults;
  const tests = files.flatMap((file) => file.assertionResults);
  const broken = files.filter(
    (file) => file.status === 'failed' && !file.assertionResults.some(({ status }) => status === 'failed'),
  );
  const passed = tests.filter(({ status }) => status === 'passed');
  const failed = tests.filter(({ status }) => status === 'failed').length;
  const skipped = tests.filter(({ status }) => status !== 'passed' && status !== 'failed');
  const faults = passed.reduce((sum, { meta }) => sum + meta.faults, 0);
  return {
    passed: passed.length,
    faults,
    failed: failed + broken.length,
    skipped: skipped.map((test) => test.fullName),
  };
}
