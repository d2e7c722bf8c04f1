import type { Command } from 'commander';
import type { CommandTools } from './context.ts';

export function addOperationCommands(program: Command, { connect }: CommandTools): void {
  program
    .command('repositories')
    .description('List the repositories: how far each is read, whether its hooks come, what is wrong')
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExample:\n  trunkline repositories')
    .action(async (options) => {
      const { repositories } = await import('./commands/repositories.ts');
      await repositories(connect(), options);
    });
  program
    .command('workers')
    .description('List the processes that execute runs')
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExample:\n  trunkline workers')
    .action(async (options) => {
      const { workers } = await import('./commands/workers.ts');
      await workers(connect(), options);
    });
  program
    .command('drain')
    .description('Ask a worker to take no more runs; it finishes those that it has')
    .argument('<worker>', 'its id, or enough of its beginning')
    .option('--undo', 'let it take runs again')
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExamples:\n  trunkline drain 3f2a\n  trunkline drain 3f2a --undo')
    .action(async (worker, options) => {
      const { drain } = await import('./commands/workers.ts');
      await drain(connect(), worker, options);
    });
}
