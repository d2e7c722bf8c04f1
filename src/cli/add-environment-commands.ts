import { type Command, Option } from 'commander';
import type { CommandTools } from './context.ts';
import { countText } from './count-text.ts';

export function addEnvironmentCommands(program: Command, tools: CommandTools): void {
  addEnvironments(program, tools);
  addDrift(program, tools);
  addDns(program, tools);
  addRollback(program, tools);
  addPromote(program, tools);
}

function addEnvironments(program: Command, { connect }: CommandTools): void {
  program
    .command('environments')
    .description('List what runs where; with a name, also what was rolled out there before')
    .argument('[environment]', 'its name in trunkline.yaml')
    .addOption(
      new Option('--limit <number>', 'of one environment: at most so many earlier rollouts')
        .default('20')
        .argParser(countText),
    )
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      '\nExamples:\n  trunkline environments\n  trunkline environments production --limit 50',
    )
    .action(async (environment, options) => {
      const { environments } = await import('./commands/environments.ts');
      await environments(connect(), environment, options);
    });
}

function addDrift(program: Command, { connect }: CommandTools): void {
  program
    .command('drift')
    .description('Show what people have changed by hand since it was deployed, by the last look at it')
    .argument('<environment>', 'its name in trunkline.yaml')
    .option('--look', 'have a worker look now, and wait for what it finds')
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExamples:\n  trunkline drift production\n  trunkline drift production --look')
    .action(async (environment, options) => {
      const { drift } = await import('./commands/drift.ts');
      await drift(connect(), environment, options);
    });
}

function addDns(program: Command, { connect }: CommandTools): void {
  program
    .command('dns')
    .description("Show how the DNS of an environment's cluster differs from trunkline.yaml, or write that")
    .argument('<environment>', 'its name in trunkline.yaml, where its `dns` says what is to be')
    .option('--apply', 'write what differs, watch, and put the former content back where names are lost')
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExamples:\n  trunkline dns production\n  trunkline dns production --apply')
    .action(async (environment, options) => {
      const { dns } = await import('./commands/dns.ts');
      await dns(connect(), environment, options);
    });
}

function addRollback(program: Command, { connect }: CommandTools): void {
  program
    .command('rollback')
    .description('Put an earlier, healthy version of a workload back, by digest and without a build')
    .argument('<environment>', 'its name in trunkline.yaml')
    .argument('<workload>', 'KIND/NAME: deployment/cart, service/cart_web')
    .option('--run <run>', 'whose version to go back to (default: the one before what runs now)')
    .option('--why <text>', 'kept with the run')
    .option('--idempotency-key <key>', 'the same key always means the same run')
    .option('--follow', 'show how it goes on until it has ended; its outcome is the exit code')
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      "\nExamples:\n  trunkline rollback production deployment/cart --follow\n  trunkline rollback production deployment/cart --run 'cart#12' --why 'prices are wrong'",
    )
    .action(async (environment, workload, options) => {
      const { rollback } = await import('./commands/rollback.ts');
      await rollback(connect(), { environment, workload }, options);
    });
}

function addPromote(program: Command, { connect }: CommandTools): void {
  program
    .command('promote')
    .description('Deploy to one environment exactly what runs in another, by digest and without a build')
    .argument('<from>', 'the environment whose version is meant')
    .argument('<to>', 'the environment that is to run it too')
    .argument('[workload...]', 'KIND/NAME in FROM; needed where several runs have built what runs there')
    .option('--dry-run', 'only show what would be deployed, and how the two differ, field by field')
    .option('--why <text>', 'kept with the run')
    .option('--idempotency-key <key>', 'the same key always means the same run')
    .option('--follow', 'show how it goes on until it has ended; its outcome is the exit code')
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      '\nExamples:\n  trunkline promote staging production --dry-run\n  trunkline promote staging production --follow\n  trunkline promote staging production deployment/cart',
    )
    .action(async (from, to, ...[workloads, options]) => {
      const { promote } = await import('./commands/promote.ts');
      await promote(connect(), { from, to, workloads }, options);
    });
}
