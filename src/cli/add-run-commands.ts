import { type Command, InvalidArgumentError, Option } from 'commander';
import { outcomes, runStates } from '../domain/outcome.ts';
import type { CommandTools } from './context.ts';
import { countText } from './count-text.ts';

/** Each command is loaded when it is used, here and in its sisters, so that help and completion come at once. */
export function addRunCommands(program: Command, tools: CommandTools): void {
  addTrigger(program, tools);
  addPipelines(program, tools);
  addRuns(program, tools);
  addLogs(program, tools);
  addArtifacts(program, tools);
  addCancel(program, tools);
  addDecision(program, tools, 'approve');
  addDecision(program, tools, 'reject');
  addRepeat(program, tools, 'retry');
  addRepeat(program, tools, 'rerun');
}

const runNames = 'its id, cart#12, or cart for the latest run of cart';

function addTrigger(program: Command, { connect }: CommandTools): void {
  program
    .command('trigger')
    .description('Ask for a run of a pipeline')
    .argument('<pipeline>', 'its name')
    .option('--branch <branch>', "default: the repository's trunk")
    .option('--revision <revision>', 'default: the newest one of the branch')
    .option(
      '--param <name=value>',
      'a parameter that the pipeline declares; again for more',
      collectParameter,
    )
    .option('--idempotency-key <key>', 'the same key always means the same run')
    .option('-f, --follow', 'show the steps until the run has ended; its outcome is the exit code')
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      '\nExamples:\n  trunkline trigger cart\n  trunkline trigger cart --branch branches/release-1 --revision 1234 --follow\n  trunkline trigger cart --param size=large --param dry-run=true',
    )
    .action(async (pipeline, options) => {
      const { trigger } = await import('./commands/trigger.ts');
      await trigger(connect(), pipeline, options);
    });
}

function addPipelines(program: Command, { connect }: CommandTools): void {
  program
    .command('pipelines')
    .description('List pipelines: what starts them, when their schedule is due next, how the latest run went')
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExample:\n  trunkline pipelines')
    .action(async (options) => {
      const { pipelines } = await import('./commands/pipelines.ts');
      await pipelines(connect(), options);
    });
}

function addRuns(program: Command, { connect }: CommandTools): void {
  program
    .command('runs')
    .description('List runs, newest first')
    .option('--pipeline <name>', 'only runs of this pipeline')
    .addOption(
      new Option('--status <status>', 'only runs with this state or outcome').choices([
        ...runStates,
        ...outcomes,
      ]),
    )
    .option('--branch <branch>', 'only runs of this branch')
    .addOption(new Option('--limit <number>', 'at most so many').default('20').argParser(countText))
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExample:\n  trunkline runs --pipeline cart --status failed')
    .action(async (options) => {
      const { runs } = await import('./commands/runs.ts');
      await runs(connect(), options);
    });
  program
    .command('show')
    .description('Show a run: its steps, images, deployments, and why it is there')
    .argument('<run>', runNames)
    .option(
      '-f, --follow',
      'show how it goes on until it has ended, and then the whole; its outcome is the exit code',
    )
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      "\nExamples:\n  trunkline show cart\n  trunkline show -f cart\n  trunkline show 'cart#12' --json",
    )
    .action(async (run, options) => {
      const { show } = await import('./commands/runs.ts');
      await show(connect(), run, options);
    });
}

function addLogs(program: Command, { connect }: CommandTools): void {
  program
    .command('logs')
    .description('Print the log of a run')
    .argument('<run>', runNames)
    .option('-f, --follow', 'go on until the run has ended, also when the connection is lost')
    .option('--step <step>', 'only the log of this step')
    .addOption(
      new Option(
        '--grep <text>',
        'only the lines that hold this text, with their numbers; exit code 1 when there are none',
      ).conflicts('follow'),
    )
    .option('--json', 'print JSON; with --follow one object a line')
    .addHelpText(
      'after',
      "\nExamples:\n  trunkline logs -f cart\n  trunkline logs 'cart#12' --step image\n  trunkline logs cart --grep 'out of memory'",
    )
    .action(async (run, options) => {
      const { logs } = await import('./commands/logs.ts');
      await logs(connect(), run, options);
    });
}

function addArtifacts(program: Command, { connect }: CommandTools): void {
  program
    .command('artifacts')
    .description('List the files that the steps of a run have left, or fetch them')
    .argument('<run>', runNames)
    .option('-o, --output <folder>', 'write them there, below a folder for each step')
    .option('--json', 'print JSON')
    .addHelpText('after', "\nExample:\n  trunkline artifacts 'cart#12' -o /tmp/cart-12")
    .action(async (run, options) => {
      const { artifacts } = await import('./commands/artifacts.ts');
      await artifacts(connect(), run, options);
    });
}

function addCancel(program: Command, { connect }: CommandTools): void {
  program
    .command('cancel')
    .description('Cancel a run')
    .argument('<run>', runNames)
    .addOption(
      new Option(
        '--rollout <what>',
        'what becomes of a rollout in progress (default: asked, else roll-back)',
      ).choices(['leave', 'roll-back']),
    )
    .option('--json', 'print JSON')
    .addHelpText('after', "\nExample:\n  trunkline cancel 'cart#12' --rollout leave")
    .action(async (run, options) => {
      const { cancel } = await import('./commands/run-actions.ts');
      await cancel(connect(), run, options);
    });
}

const decisions = {
  approve: 'Approve what a run has made so far, so that it goes on',
  reject: 'Reject what a run has made so far: it ends as rejected',
};

function addDecision(program: Command, { connect }: CommandTools, act: 'approve' | 'reject'): void {
  program
    .command(act)
    .description(decisions[act])
    .argument('<run>', runNames)
    .argument('[step]', 'the approve step (default: the one that waits)')
    .option('--comment <text>', 'kept with the decision')
    .option('--json', 'print JSON')
    .addHelpText('after', `\nExample:\n  trunkline ${act} 'cart#12' --comment 'seen on staging'`)
    .action(async (reference, step, options) => {
      const { decide } = await import('./commands/decide.ts');
      await decide(connect(), act, { reference, step, ...options });
    });
}

const repeats = {
  retry: 'Continue an ended run from its failed steps, with the same pipeline file',
  rerun: 'Run the same revision again from the start, with the pipeline file of today',
};

function addRepeat(program: Command, { connect }: CommandTools, act: 'retry' | 'rerun'): void {
  program
    .command(act)
    .description(repeats[act])
    .argument('<run>', runNames)
    .option('--idempotency-key <key>', 'the same key always means the same run')
    .option('-f, --follow', 'show the steps until the run has ended; its outcome is the exit code')
    .option('--json', 'print JSON')
    .addHelpText('after', `\nExample:\n  trunkline ${act} 'cart#12' --follow`)
    .action(async (reference, options) => {
      const { repeat } = await import('./commands/run-actions.ts');
      await repeat(connect(), act, { reference, ...options });
    });
}

function collectParameter(given: string, earlier: Record<string, string> = {}): Record<string, string> {
  const at = given.indexOf('=');
  if (at < 1) throw new InvalidArgumentError('It is written as name=value.');
  const name = given.slice(0, at);
  if (Object.hasOwn(earlier, name))
    throw new InvalidArgumentError(`A parameter has one value; ${name} is given twice.`);
  return { ...earlier, [name]: given.slice(at + 1) };
}
