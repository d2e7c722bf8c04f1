import { test } from 'vitest';
import { checkIncludedFiles } from '../domain/check-included-files.ts';

test('whatever a file and those that it includes hold, they are a pipeline or have problems: 50,000 times', () => {
  checkIncludedFiles(50_000);
});
