import { defineConfig } from 'vitest/config';
import { LongestFirst } from './test/support/longest-first.ts';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/support/global-setup.ts'],
    setupFiles: ['test/support/fail-on-warning.ts'],
    // No module of ours keeps state: test files may follow one another in one process, which spares each a start.
    isolate: false,
    sequence: { sequencer: LongestFirst },
    unstubEnvs: true,
    // The first test that asks for the cluster waits for it to start; a slow machine needs patience, not failures.
    testTimeout: 300_000,
    hookTimeout: 300_000,
    teardownTimeout: 120_000,
    // On a busy machine a deadline may pass for reasons that are not ours; what fails three times is a failure.
    retry: 2,
    // Most files wait for a cluster most of the time; but each brings servers of its own, and with more at a time two
    // cores would miss the deadlines.
    maxWorkers: 3,
    // Tests that run side by side wait for the cluster nearly all of their time.
    maxConcurrency: 32,
  },
});
