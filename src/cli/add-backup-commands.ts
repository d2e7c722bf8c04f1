import { type Command, Option } from 'commander';
import type { CommandTools } from './context.ts';

export function addBackupCommands(program: Command, { terminal, environment }: CommandTools): void {
  withPlace(
    program
      .command('backup')
      .description('Write a whole server with a database of its own into one file, while it runs or not')
      .argument('<file|folder>', 'what to make; in a folder, a file named by the time'),
  )
    .option('--pipelines <folder>', 'the pipeline files (default pipelines)')
    .addHelpText('after', backupHelp)
    .action(async (into, options) => {
      const { backup } = await import('./commands/backup.ts');
      await backup({ terminal, environment }, into, options);
    });
  withPlace(
    program
      .command('restore')
      .description('Make the data folder of a server of a backup; the folder is missing or empty')
      .argument('<file>', 'the backup'),
  )
    .addHelpText('after', restoreHelp)
    .action(async (file, options) => {
      const { restore } = await import('./commands/restore.ts');
      await restore({ terminal, environment }, file, options);
    });
}

function withPlace(command: Command): Command {
  return command
    .option('--config <file>', 'the config of the server (default trunkline.yaml)')
    .option('--data-dir <folder>', 'where the server keeps its data')
    .addOption(
      new Option('--timeout <duration>', 'give up after so long, such as 30m; nothing is left then').default(
        '1d',
      ),
    )
    .option('--json', 'print JSON');
}

const backupHelp = `
In it: the database (runs, logs, artifacts, events, tokens, what was deployed), trunkline.yaml and the pipeline files.
Not in it: files and variables with secrets, and what is made again (working copies, mirrors, caches, the queue).
Run it as whoever runs the server; of a server with DATABASE_URL, back up that database with its own tools.

Examples:
  trunkline backup /srv/backups
  trunkline backup --data-dir /var/lib/trunkline nightly.tar.gz --json`;

const restoreHelp = `
Runs that had not ended when the backup was taken end as cancelled: nothing of them is done again by itself. Repositories
are read on from where they had been; of what was committed since, each pipeline runs for the newest of each branch.
Sessions are ended; tokens are those of the backup, also such as were revoked since. Config and pipelines are in the file
under server/: tar -xzf FILE server

Example:
  trunkline restore --data-dir /var/lib/trunkline trunkline-20261129T004300Z.tar.gz`;
