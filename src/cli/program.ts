import { Command, Option } from 'commander';
import { readClientSettings } from '../config/client-settings.ts';
import type { Environment } from '../config/config-reading.ts';
import type { ServerFlags } from '../config/load-server-config.ts';
import { addBackupCommands } from './add-backup-commands.ts';
import { addCompletion } from './add-completion.ts';
import { addDemoCommand, type DemoFlags } from './add-demo-command.ts';
import { addEnvironmentCommands } from './add-environment-commands.ts';
import { addEventCommands } from './add-event-commands.ts';
import { addHookCommands } from './add-hook-commands.ts';
import { addLintCommand } from './add-lint-command.ts';
import { addOfflineCommands } from './add-offline-commands.ts';
import { addOperationCommands } from './add-operation-commands.ts';
import { addRunCommands } from './add-run-commands.ts';
import { addTokenCommands } from './add-token-commands.ts';
import type { DoctorOptions } from './commands/doctor.ts';
import { type CommandTools, createContext, type LocalWork } from './context.ts';
import { processTerminal, type Terminal } from './terminal.ts';

/** What the program cannot do itself: the server's side comes from the wiring. */
export interface ProgramActions {
  version: string;
  environment: Environment;
  serve(flags: ServerFlags): Promise<void>;
  worker(flags: ServerFlags): Promise<void>;
  demo(flags: DemoFlags): Promise<void>;
  local: LocalWork;
  /** Default: that of the process. */
  terminal?: Terminal;
}

/** The whole command line. It never ends the process: run it with `runProgram`. */
export function buildProgram(actions: ProgramActions): Command {
  const { environment, terminal = processTerminal() } = actions;
  const tools: CommandTools = {
    terminal,
    environment,
    local: actions.local,
    connect: () => createContext(terminal, readClientSettings(environment)),
  };
  const program = new Command('trunkline')
    .description('From a commit to a healthy rollout, with the reason for every step on record.')
    .version(actions.version)
    .exitOverride()
    .configureOutput({ writeOut: terminal.print, writeErr: terminal.note })
    .showHelpAfterError('(add --help for the options and examples)')
    .addHelpText('after', closingHelp);
  program.commandsGroup('The server:');
  addServerCommands(program, actions);
  addDoctor(program, tools);
  addBackupCommands(program, tools);
  addOperationCommands(program, tools);
  addDemoCommand(program, actions.demo);
  program.commandsGroup('Runs:');
  addRunCommands(program, tools);
  addEnvironmentCommands(program, tools);
  program.commandsGroup('Why something ran, or did not:');
  addEventCommands(program, tools);
  addHookCommands(program, tools);
  program.commandsGroup('Without a server:');
  addLintCommand(program, tools);
  addOfflineCommands(program, tools);
  program.commandsGroup('Access:');
  addTokenCommands(program, tools);
  program.commandsGroup('More:');
  addCompletion(program, terminal);
  return program;
}

const closingHelp = `
A <run> is named by its id, as cart#12, or as cart for the latest one (quote the #).
Every command has examples: trunkline <command> --help.
Client commands read TRUNKLINE_URL (default http://127.0.0.1:7070) and TRUNKLINE_TOKEN.
Exit codes: 0 done, 1 the user's failure, 2 wrong use, 3 our fault.`;

function addServerCommands(program: Command, { serve, worker }: ProgramActions): void {
  addServerOptions(program.command('serve').description('Start the server, with one worker inside'))
    .addOption(new Option('--host <address>', 'address to listen on (default 127.0.0.1)'))
    .addOption(new Option('--port <number>', 'port to listen on (default 7070)'))
    .addHelpText('after', '\nExample:\n  trunkline serve --data-dir /var/lib/trunkline')
    .action((flags: ServerFlags) => serve(flags));
  addServerOptions(program.command('worker').description('Start a further worker of a server'))
    .addHelpText('after', '\nExample:\n  DATABASE_URL=postgres://db.example.com/ci trunkline worker')
    .action((flags: ServerFlags) => worker(flags));
}

function addDoctor(program: Command, { terminal, environment }: CommandTools): void {
  addServerOptions(
    program.command('doctor').description('Say what of this machine would keep a server from working'),
  )
    .addOption(new Option('--host <address>', 'address to listen on (default 127.0.0.1)'))
    .addOption(new Option('--port <number>', 'port to listen on (default 7070)'))
    .option('--notify', 'send a test message to everybody in notify')
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      '\nExamples:\n  trunkline doctor\n  trunkline doctor --config /etc/trunkline/trunkline.yaml --json',
    )
    .action(async (options: DoctorOptions) => {
      const { doctor } = await import('./commands/doctor.ts');
      await doctor({ terminal, environment }, options);
    });
}

function addServerOptions(command: Command): Command {
  return command
    .option('--config <file>', 'the config of the server (default trunkline.yaml)')
    .option('--pipelines <folder>', 'the pipeline files (default pipelines)')
    .option('--data-dir <folder>', 'where the server keeps its data')
    .option(
      '--label <label>',
      'a label of the worker, for pipelines that say runs-on; may be repeated',
      (label: string, labels: string[] | undefined) => [...(labels ?? []), label],
    );
}
