import { type Command, Option } from 'commander';
import { triggerKinds } from '../domain/pipeline.ts';
import type { ImportOptions } from './commands/import-jenkins.ts';
import type { PlanOptions } from './commands/plan.ts';
import type { RunOptions } from './commands/run.ts';
import type { CommandTools } from './context.ts';

export function addOfflineCommands(program: Command, tools: CommandTools): void {
  addPlan(program, tools);
  addRun(program, tools);
  addImport(program, tools);
}

const collect = (value: string, before: string[]): string[] => [...before, value];

function addPlan(program: Command, { terminal, environment, local }: CommandTools): void {
  program
    .command('plan')
    .description('Say what would run for a change, why, and why the rest would not')
    .argument('[file...]', 'pipeline files; without any, those of pipelines/')
    .option('--param <name=value>', 'a parameter that the pipeline declares; again for more', collect, [])
    .option('--branch <branch>', 'default: the one that this folder is a checkout of, else trunk')
    .option('--path <path>', 'a changed path below the branch; again for more (default: any)', collect, [])
    .option(
      '--event <event>',
      'commit, merge-request:TARGET, gitlab-pipeline[:STATUS], branch-created, branch-deleted, tag:NAME, schedule, request, pipeline:NAME (default: commit; with --param request)',
    )
    .option('--failed', 'the run of that pipeline has failed')
    .option('--author <name>', 'who commits')
    .option('--message <text>', 'what they write', '')
    .option('--dir <folder>', 'a checkout, where pipelines with file: have their steps (default: .)')
    .option('--config <file>', 'a trunkline.yaml with the repositories that pipelines include files of')
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      '\nExamples:\n  trunkline plan --branch trunk --path services/cart/src/cart.ts\n  trunkline plan pipelines/web.yaml --event pipeline:cart',
    )
    .action(async (files: string[], options: PlanOptions) => {
      const { plan } = await import('./commands/plan.ts');
      const branchHere = () => local.branchOf(process.cwd());
      await plan({ terminal, environment, branchHere }, files, options);
    });
}

function addRun(program: Command, { terminal, environment }: CommandTools): void {
  program
    .command('run')
    .description('Run a pipeline here, on the files of this folder, with the local Docker engine')
    .argument('[file]', 'the pipeline; without it, the only one in pipelines/')
    .option('--dir <folder>', 'the tree, as it is now: root of the branch, or the source path (default: .)')
    .option('--only <step>', 'this step, and those that it needs')
    .option('--env <name=value>', 'set in the run steps; again for more', collect, [])
    .option('--param <name=value>', 'a parameter that the pipeline declares; again for more', collect, [])
    .option('--branch <branch>', 'default: the one that the folder is a checkout of, else trunk')
    .addOption(
      new Option('--trigger <kind>', 'what has started it, for conditions (when)')
        .choices(triggerKinds)
        .default('api'),
    )
    .option('--config <file>', 'a trunkline.yaml with registries, environments, networks and limits')
    .option('--push', 'push too; needs --config')
    .option('--deploy', 'deploy too; needs --push and --config')
    .option('--json', 'print JSON at the end, the log on standard error')
    .addHelpText(
      'after',
      '\nExamples:\n  trunkline run\n  trunkline run pipelines/cart.yaml --only test --env LOG=debug\n  trunkline run --config trunkline.yaml --push',
    )
    .action(async (file: string | undefined, options: RunOptions) => {
      const { run } = await import('./commands/run.ts');
      await run({ terminal, environment }, file, options);
    });
}

function addImport(program: Command, { terminal }: CommandTools): void {
  program
    .command('import')
    .description("Draft a pipeline from another server's job, and list what could not be carried over")
    .addHelpText('after', '\nExample:\n  trunkline import jenkins jobs/cart/config.xml > pipelines/cart.yaml')
    .command('jenkins')
    .description(
      'A Jenkins job: its config.xml (freestyle, Maven, multi-configuration, pipeline), or a Jenkinsfile',
    )
    .argument('<file>', 'config.xml or Jenkinsfile')
    .option('--name <name>', 'of the pipeline (default: the name of the file, or of its folder)')
    .option('--repository <name>', 'what trunkline.yaml calls the repository')
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      '\nExamples:\n  trunkline import jenkins jobs/cart/config.xml > pipelines/cart.yaml\n  trunkline import jenkins Jenkinsfile --repository shop --name cart',
    )
    .action(async (file: string, options: ImportOptions) => {
      const { importJenkins } = await import('./commands/import-jenkins.ts');
      await importJenkins({ terminal }, file, options);
    });
}
