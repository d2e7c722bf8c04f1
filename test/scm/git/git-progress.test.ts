import { expect, test } from 'vitest';
import type { StepProgress } from '../../../src/domain/step-progress.ts';
import { readProgress } from '../../../src/scm/git/git-progress.ts';

test('what git tells of its progress becomes reports, however it is cut into pieces', () => {
  const reports: StepProgress[] = [];
  const read = readProgress((report) => reports.push(report));
  const told =
    'remote: Enumerating objects: 5, done.\nremote: Counting objects: 100% (5/5), done.\n' +
    'Receiving objects:  45% (450/1000), 12.30 MiB | 5.00 MiB/s\rReceiving objects: 100% (1000/1000), done.\n' +
    'Updating files: 100% (1200/1200), done.\n';

  for (const piece of told.match(/[\s\S]{1,7}/g) ?? []) read(piece);

  expect(reports.map(({ text }) => text)).toEqual([
    'checking out: counting objects, 5 of 5',
    'checking out: receiving objects, 450 of 1,000, 12.30 MiB',
    'checking out: receiving objects, 1,000 of 1,000',
    'checking out: updating files, 1,200 of 1,200',
  ]);
  expect(reports[1]).toMatchObject({ phase: 'checkout', done: 450, total: 1000 });
});
