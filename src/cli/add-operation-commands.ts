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
}
