import { type Command, InvalidArgumentError, Option } from 'commander';
import type { CommandTools } from './context.ts';

export function addTokenCommands(program: Command, { connect }: CommandTools): void {
  const token = program
    .command('token')
    .description('Make, list and end tokens')
    .addHelpText('after', '\nExample:\n  trunkline token create nightly --scope run');
  token
    .command('create')
    .description('Make a token; it is shown this once')
    .argument('<name>', 'what it is for')
    .addOption(
      new Option('--scope <scope>', 'what it may do; each includes those before it')
        .choices(['read', 'run', 'admin'])
        .default('read'),
    )
    .addOption(new Option('--expires <days>', 'default: never').argParser(daysText))
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExample:\n  trunkline token create nightly --scope run --expires 90')
    .action(async (name, options) => {
      const { createToken } = await import('./commands/tokens.ts');
      await createToken(connect(), name, options);
    });
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
    .addHelpText('after', '\nExample:\n  trunkline token revoke nightly')
    .action(async (reference) => {
      const { revokeToken } = await import('./commands/tokens.ts');
      await revokeToken(connect(), reference);
    });
}

function daysText(given: string): string {
  if (/^[1-9]\d{0,3}$/.test(given) && Number(given) <= 3650) return given;
  throw new InvalidArgumentError('It is a number of days from 1 to 3650.');
}
