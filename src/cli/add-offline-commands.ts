import type { Command } from 'commander';
import type { PlanOptions } from './commands/plan.ts';
import type { CommandTools } from './context.ts';

export function addOfflineCommands(program: Command, tools: CommandTools): void {
  addPlan(program, tools);
}

const collect = (value: string, before: string[]): string[] => [...before, value];

function addPlan(program: Command, { terminal, local }: CommandTools): void {
  program
    .command('plan')
    .description('Say what would run for a change, why, and why the rest would not')
    .argument('[file...]', 'pipeline files; without any, those of pipelines/')
    .option('--branch <branch>', 'default: the one that this folder is a checkout of, else trunk')
    .option('--path <path>', 'a changed path below the branch; again for more (default: any)', collect, [])
    .option('--event <event>', 'commit, schedule, request, or pipeline:NAME for the end of its run', 'commit')
    .option('--failed', 'the run of that pipeline has failed')
    .option('--author <name>', 'who commits')
    .option('--message <text>', 'what they write', '')
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      '\nExamples:\n  trunkline plan --branch trunk --path services/cart/src/cart.ts\n  trunkline plan pipelines/web.yaml --event pipeline:cart',
    )
    .action(async (files: string[], options: PlanOptions) => {
      const { plan } = await import('./commands/plan.ts');
      await plan({ terminal, branchHere: () => local.branchOf(process.cwd()) }, files, options);
    });
}
