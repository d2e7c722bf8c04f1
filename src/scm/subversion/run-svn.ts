import { Fault } from '../../domain/fault.ts';
import { type SupervisedChild, supervise } from './supervised-child.ts';
import { guarded, lockedExit, type SvnClient, svnCommand } from './svn-client.ts';
import { type Attempt, faultOfDeadline, faultOfSvn } from './svn-fault.ts';

/** A command with much output, or one that moves a tree. */
export interface SvnCommand {
  /** Subcommand, its options, `--`, its targets. */
  args: readonly string[];
  attempt: Attempt;
  totalMs: number;
  /** How long svn may be silent while its output is waited for. */
  idleMs: number;
  /** `svnversion` takes nothing but its own arguments. */
  program?: 'svnversion';
  /** For what writes into a working copy: no two at once, even where one has outlived the server that began it. */
  lockFile?: string;
}

/** Another svn, begun by a server that was killed, still works on the same working copy. */
export class CopyInUse extends Fault {
  constructor({ what }: Attempt) {
    super('internal', `${what} was put off: an svn of a server that was killed still works on it`);
  }
}

/**
 * Runs svn in a process group of its own and yields its standard output as it is read. The group is ended when the
 * signal aborts, a deadline passes, or the reader stops reading.
 * @throws Fault when svn fails or a deadline passes; the signal's reason when it aborts
 */
export async function* runSvn(
  client: SvnClient,
  command: SvnCommand,
  signal: AbortSignal,
): AsyncGenerator<Buffer, void> {
  signal.throwIfAborted();
  const words = [...commandLine(client, command), ...command.args];
  const child = client.start({ words, env: client.env });
  await using supervised = supervise(child, { input: client.stdin, totalMs: command.totalMs, signal });
  yield* readWithin(command.idleMs, child.stdout, supervised);
  await supervised.gone;
  signal.throwIfAborted();
  const reason = supervised.stopReason();
  if (reason !== undefined) throw faultOfDeadline(command.attempt, reason);
  if (child.exitCode === lockedExit && command.lockFile !== undefined) throw new CopyInUse(command.attempt);
  if (child.exitCode !== 0) throw faultOfSvn(command.attempt, supervised.stderr());
}

function commandLine(client: SvnClient, command: SvnCommand): string[] {
  return command.program === undefined ? svnCommand(client, command) : [...guarded(command), command.program];
}

/** A slow reader is not a silent server: the clock stands still while a chunk is worked on. */
async function* readWithin(
  idleMs: number,
  output: AsyncIterable<Buffer>,
  supervised: SupervisedChild,
): AsyncGenerator<Buffer, void> {
  const startClock = () => setTimeout(() => supervised.stop(`svn was silent for ${idleMs / 1000} s`), idleMs);
  let clock = startClock();
  try {
    for await (const chunk of output) {
      clearTimeout(clock);
      yield chunk;
      clock = startClock();
    }
  } finally {
    clearTimeout(clock);
  }
}
