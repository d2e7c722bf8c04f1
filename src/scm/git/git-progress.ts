import type { ReportProgress } from '../../domain/step-progress.ts';

/**
 * Reads what git writes to its standard error with `--progress`, in its fixed English form, as reports:
 * `Receiving objects:  45% (450/1000), 12.30 MiB | 5.00 MiB/s`, `Updating files: 100% (12/12), done.`
 */
export function readProgress(report: ReportProgress): (text: string) => void {
  let rest = '';
  return (text) => {
    const lines = (rest + text).split(/[\r\n]+/);
    rest = lines.pop() ?? '';
    for (const line of lines) {
      const [, stage, done, total, more = ''] = progressLine.exec(line) ?? [];
      if (stage === undefined) continue;
      const amount = `${Number(done).toLocaleString('en')} of ${Number(total).toLocaleString('en')}`;
      const size = /^[\d.]+ \w+/.exec(more)?.[0];
      const what = `checking out: ${stage.toLowerCase()}, ${amount}${size === undefined ? '' : `, ${size}`}`;
      report({
        phase: 'checkout',
        text: what,
        done: Number(done),
        total: Number(total),
        unit: 'files',
        items: [],
      });
    }
  };
}

const progressLine = /^(?:remote: )?([A-Z][a-z]+ [a-z]+): +\d+% \((\d+)\/(\d+)\)(?:, (.*))?/;
