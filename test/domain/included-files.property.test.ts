import { test } from 'vitest';
import { checkIncludedFiles } from './check-included-files.ts';

test('whatever a file and those that it includes hold, they are a pipeline or have problems with their places', () => {
  checkIncludedFiles(300);
});
