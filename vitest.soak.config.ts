import { mergeConfig } from 'vitest/config';
import base from './vitest.config.ts';

export default mergeConfig(base, {
  test: { include: ['test/**/*.soak.ts'], testTimeout: 3_600_000, fileParallelism: false, maxConcurrency: 4 },
});
