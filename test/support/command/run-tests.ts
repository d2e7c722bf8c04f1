import { parseArgs } from 'node:util';
import { joinMachine } from '../cluster/machine.ts';
import { addSystemFoldersToPath } from '../system-path.ts';
import type { Suite } from './needs.ts';
import { prepareMachine } from './prepare.ts';
import { runVitest } from './run-vitest.ts';

const usage = 'usage: npm test | npm run test:fast | npm run test:soak, each with -- [--yes] [PATH...]';

addSystemFoldersToPath();
process.exitCode = await main(process.argv.slice(2));

/** The test command: prepares the machine, runs a suite, ends what it started. The last line it prints is the result. */
async function main(argv: string[]): Promise<number> {
  const { suite, assumeYes, filters } = readArguments(argv);
  const interrupted = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.once(name, () => interrupted.abort(new Error(`${name} received`)));
  }
  const { signal } = interrupted;
  if (!(await prepareMachine({ suite, assumeYes, signal }))) return 1;
  const result = await runVitest({ suite, filters, signal });
  await endWhatIsLeft();
  const skips = process.env.CI ? result.skipped : [];
  for (const name of skips) process.stdout.write(`skipped, which under CI is a failure: ${name}\n`);
  if (result.faults > 0) process.stdout.write(`${result.faults} faults injected by tests that passed\n`);
  process.stdout.write(
    `${result.passed} passed, ${result.failed} failed, ${result.skipped.length} skipped\n`,
  );
  return result.failed === 0 && skips.length === 0 ? 0 : 1;
}

function readArguments(argv: string[]): { suite: Suite; assumeYes: boolean; filters: string[] } {
  const options = { fast: { type: 'boolean' }, soak: { type: 'boolean' }, yes: { type: 'boolean' } } as const;
  try {
    const { values, positionals } = parseArgs({ args: argv, options, allowPositionals: true });
    const suite = values.fast ? 'fast' : values.soak ? 'soak' : 'all';
    return { suite, assumeYes: values.yes ?? false, filters: positionals };
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : error}\n${usage}\n`);
    process.exit(2);
  }
}

/** Vitest ends its engine and cluster itself, unless it was killed. */
async function endWhatIsLeft(): Promise<void> {
  await using machine = joinMachine();
  await machine.join();
}
