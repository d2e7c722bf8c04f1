import { type Command, Option } from 'commander';

/** What `trunkline demo` is told. */
export interface DemoFlags {
  yes?: boolean;
  once?: boolean;
  dir?: string;
  port?: string;
  ownEngine?: boolean;
  context?: string;
  registry?: string;
  kubernetes?: boolean;
}

export function addDemoCommand(program: Command, demo: (flags: DemoFlags) => Promise<void>): void {
  program
    .command('demo')
    .description('The tour: a repository, a service and a server here, from the commit to the rollout')
    .option('--yes', 'install what is missing without asking')
    .option('--once', 'ask nothing, end after the tour; the last line is JSON with the figures')
    .option('--dir <folder>', 'where all of it is kept (default trunkline-demo)')
    .addOption(new Option('--port <number>', 'of the server (default 7070, or one that is free)'))
    .option('--own-engine', 'start a Docker engine for the demo even where one runs')
    .option('--context <name>', 'deploy to the Kubernetes of this kubeconfig context, not to a swarm here')
    .option('--registry <host>', 'with --context: a registry that this Kubernetes can pull from')
    .option('--kubernetes', 'deploy to the Kubernetes of the tests (in a clone, with "npm run demo --")')
    .addHelpText(
      'after',
      '\nExamples:\n  trunkline demo\n  trunkline demo --once --dir /tmp/demo\n  trunkline demo --context staging --registry registry.example.com:5000',
    )
    .action((flags: DemoFlags) => demo(flags));
}
