import { type Command, Option } from 'commander';
import { CliError, exitCodes } from './cli-error.ts';
import type { ExplainFileOptions } from './commands/explain-file.ts';
import type { CommandTools } from './context.ts';
import { countText } from './count-text.ts';

export function addEventCommands(program: Command, tools: CommandTools): void {
  addEvents(program, tools);
  addExplain(program, tools);
  addReplay(program, tools);
}

function addEvents(program: Command, { connect }: CommandTools): void {
  program
    .command('events')
    .description('List what came in, newest first: hooks, what the watchers found, requests')
    .option('--repository <name>', 'only events of this repository')
    .addOption(new Option('--limit <number>', 'at most so many').default('20').argParser(countText))
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExample:\n  trunkline events --repository shop')
    .action(async (options) => {
      const { events } = await import('./commands/events.ts');
      await events(connect(), options);
    });
}

type ExplainOptions = Omit<ExplainFileOptions, 'file'> & { file?: string; repository?: string };

function addExplain(program: Command, { connect, terminal, environment }: CommandTools): void {
  program
    .command('explain')
    .description(
      'Say why each pipeline did or did not run for an event or a revision, or would for a payload',
    )
    .argument(
      '[event]',
      "its id, as 'trunkline events' lists it; or a revision, such as r812, or a commit's id",
    )
    .option('--repository <name>', 'of a revision: only in this repository')
    .option(
      '--file <payload>',
      "without a server: a webhook's payload, or what 'explain EVENT --json' printed",
    )
    .option('--pipelines <folder>', 'with --file: the pipeline files', 'pipelines')
    .option('--config <file>', 'with --file: a trunkline.yaml that says which repository it is')
    .option('--event <name>', 'with --file: what the X-GitHub-Event header said (default: by the payload)')
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      '\nExamples:\n  trunkline explain r812 --repository shop\n  trunkline explain 0b6f2a4c-6c1e-4b7a-9a58-0c8b8f1d2e3f\n  trunkline explain --file payload.json --config trunkline.yaml',
    )
    .action(async (event: string | undefined, options: ExplainOptions) => {
      if ((event === undefined) === (options.file === undefined)) {
        throw new CliError(exitCodes.wrongUse, 'explain needs either an event, a revision or a file.', {
          hint: "trunkline explain EVENT, as 'trunkline events' lists them, or trunkline explain --file payload.json",
        });
      }
      if (options.file === undefined) {
        const { explain } = await import('./commands/events.ts');
        await explain(connect(), event ?? '', options);
        return;
      }
      const { explainFile } = await import('./commands/explain-file.ts');
      await explainFile({ terminal, environment }, { ...options, file: options.file });
    });
}

function addReplay(program: Command, { connect }: CommandTools): void {
  program
    .command('replay')
    .description('Handle a stored hook once more; runs that it has made are not made again')
    .argument('<event>', "its id, as 'trunkline events' lists it")
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExample:\n  trunkline replay 0b6f2a4c-6c1e-4b7a-9a58-0c8b8f1d2e3f')
    .action(async (event, options) => {
      const { replay } = await import('./commands/events.ts');
      await replay(connect(), event, options);
    });
}
