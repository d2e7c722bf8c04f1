import { type Command, InvalidArgumentError, Option } from 'commander';
import type { CommandTools } from './context.ts';

export function addTokenCommands(program: Command, tools: CommandTools): void {
  const { connect } = tools;
  const token = program
    .command('token')
    .description('Make, list and end tokens')
    .addHelpText('after', '\nExample:\n  trunkline token create nightly --scope run');
  addCreate(token, tools);
  token
    .command('list')
    .description('List the tokens and when each was last used')
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExample:\n  trunkline token list')
    .action(async (options) => {
      const { listTokens } = await import('./commands/tokens.ts');
      await listTokens(connect(), options);
    });
  token
    .command('revoke')
    .description('End a token')
    .argument('<token>', 'its id, or its name when only one has it')
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExample:\n  trunkline token revoke nightly')
    .action(async (reference, options) => {
      const { revokeToken } = await import('./commands/tokens.ts');
      await revokeToken(connect(), reference, options);
    });
}

function addCreate(token: Command, { connect, terminal, environment }: CommandTools): void {
  token
    .command('create')
    .description('Make a token; it is shown this once')
    .argument('<name>', 'what it is for')
    .addOption(
      new Option('--scope <scope>', 'what it may do; each includes those before it')
        .choices(['read', 'run', 'admin'])
        .default('read'),
    )
    .option(
      '--role <role>',
      'what it may approve: a role of approve steps and environments; may be repeated',
      collectWord,
    )
    .option(
      '--repository <name>',
      'it sees and does nothing of other repositories; may be repeated',
      collectWord,
    )
    .option('--pipeline <name>', 'nor of other pipelines; may be repeated', collectWord)
    .addOption(new Option('--expires <days>', 'default: never').argParser(daysText))
    .option('--local', 'make it on the machine of the server, as whoever runs that, where no token works')
    .option('--config <file>', 'with --local: the config of the server (default trunkline.yaml)')
    .option('--data-dir <folder>', 'with --local: where the server keeps its data')
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      '\nExamples:\n  trunkline token create nightly --scope run --expires 90\n  trunkline token create anna --scope run --role release\n  trunkline token create cart-team --scope run --repository shop --pipeline cart\n  trunkline token create admin-again --scope admin --local',
    )
    .action(async (name, options) => {
      const { createLocalToken, createToken } = await import('./commands/tokens.ts');
      if (options.local === true) await createLocalToken({ terminal, environment }, name, options);
      else await createToken(connect(), name, options);
    });
}

function daysText(given: string): string {
  if (/^[1-9]\d{0,3}$/.test(given) && Number(given) <= 3650) return given;
  throw new InvalidArgumentError('It is a number of days from 1 to 3650.');
}

function collectWord(given: string, earlier: string[] = []): string[] {
  return [...earlier, given];
}
