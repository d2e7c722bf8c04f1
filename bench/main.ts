import { parseArgs } from 'node:util';
import { startTestRun } from '../test/support/test-run.ts';
import { benchApi } from './api.ts';
import { benchChain } from './chain.ts';
import { benchContainerStep } from './container-step.ts';
import { benchEngine } from './engine.ts';
import { type BenchReport, renderReport } from './figures.ts';
import { benchIdle } from './idle.ts';
import { benchIntake } from './intake.ts';
import { benchLogStream } from './log-stream.ts';
import { benchMasking } from './masking.ts';
import { benchPage } from './page.ts';
import { benchPoller } from './poller.ts';
import { benchTrigger } from './trigger.ts';
import { benchVerdict } from './verdict.ts';

const benches: Record<string, (n: number | undefined) => Promise<BenchReport>> = {
  chain: benchChain,
  trigger: benchTrigger,
  idle: benchIdle,
  intake: benchIntake,
  engine: benchEngine,
  'container-step': benchContainerStep,
  page: benchPage,
  verdict: benchVerdict,
  masking: benchMasking,
  'log-stream': benchLogStream,
  api: benchApi,
  poller: benchPoller,
};

const usage = `usage: npm run bench -- NAME [--n COUNT] [--json]    NAME: ${Object.keys(benches).join(', ')}\n`;

async function main(): Promise<number> {
  const { positionals, values } = parseArgs({
    allowPositionals: true,
    options: { json: { type: 'boolean' }, n: { type: 'string' }, help: { type: 'boolean', short: 'h' } },
  });
  if (values.help) {
    process.stdout.write(usage);
    return 0;
  }
  const bench = benches[positionals[0] ?? ''];
  if (bench === undefined || positionals.length !== 1) {
    process.stderr.write(usage);
    return 2;
  }
  await using _run = await startTestRun();
  const report = await bench(values.n === undefined ? undefined : Number(values.n));
  process.stdout.write(values.json ? `${JSON.stringify(report)}\n` : renderReport(report));
  return report.figures.every((figure) => figure.met) ? 0 : 1;
}

process.exitCode = await main();
