import { type Command, Option } from 'commander';
import type { CommandTools } from './context.ts';

export function addHookCommands(program: Command, tools: CommandTools): void {
  const hook = program
    .command('hook')
    .description("Install and try the hooks of repositories, on their servers' machines")
    .addHelpText('after', '\nExample:\n  trunkline hook install /srv/svn/shop --url https://ci.example.com');
  addInstall(hook, tools);
  hook
    .command('test')
    .description('Send the newest revision through the installed hook, and follow it to what came of it')
    .argument('<repository>', 'its folder on this machine')
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExample:\n  trunkline hook test /srv/svn/shop')
    .action(async (path, options) => {
      const { testHook } = await import('./commands/hook-test.ts');
      await testHook(tools, path, options);
    });
}

function addInstall(hook: Command, tools: CommandTools): void {
  hook
    .command('install')
    .description("Print a hook, or write it into a repository; somebody's own hook is never overwritten")
    .argument('[repository]', 'its folder on this machine; without it the script is printed')
    .addOption(
      new Option('--kind <kind>', 'default: what the repository is').choices(['svn', 'git', 'windows']),
    )
    .option('--url <url>', 'the address of Trunkline')
    .option('--name <name>', 'Git: what trunkline.yaml calls the repository')
    .option('--token-file <file>', 'the file with the token, - for standard input; default: a new one')
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      '\nExamples:\n  trunkline hook install --kind svn > post-commit\n' +
        '  trunkline hook install /srv/svn/shop --url https://ci.example.com --token-file /run/secrets/shop-hook\n' +
        '  trunkline hook install /srv/git/web.git --url https://ci.example.com --name web',
    )
    .action(async (path, options) => {
      const { installHook } = await import('./commands/hook-install.ts');
      await installHook(tools, path, options);
    });
}
