import { type Command, Option } from 'commander';
import type { CommandTools } from './context.ts';
import { countText } from './count-text.ts';

export function addEventCommands(program: Command, tools: CommandTools): void {
  addEvents(program, tools);
  addExplainAndReplay(program, tools);
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

function addExplainAndReplay(program: Command, { connect }: CommandTools): void {
  program
    .command('explain')
    .description('Say why each pipeline did or did not run for an event')
    .argument('<event>', "its id, as 'trunkline events' lists it")
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExample:\n  trunkline explain 0b6f2a4c-6c1e-4b7a-9a58-0c8b8f1d2e3f')
    .action(async (event, options) => {
      const { explain } = await import('./commands/events.ts');
      await explain(connect(), event, options);
    });
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
