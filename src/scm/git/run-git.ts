import { simpleGit } from 'simple-git';
import { type Attempt, faultOfDeadline, faultOfGit } from './git-fault.ts';
import type { GitHome } from './git-home.ts';

export interface GitCommand {
  /** Subcommand, its options, its operands; options end with `--end-of-options` or `--` where git has it. */
  args: readonly string[];
  /** Where git works; default: its home. */
  cwd?: string;
  /** The repository, its index, its work tree. */
  env?: Readonly<Partial<Record<GitVariable, string>>>;
  /** What git reads from its standard input. */
  input?: string;
  attempt: Attempt;
  totalMs: number;
  /** How long git may be silent. */
  idleMs?: number;
  /** Receives what git tells of its progress. */
  onStderr?: (text: string) => void;
}

export type GitVariable =
  | 'GIT_DIR'
  | 'GIT_INDEX_FILE'
  | 'GIT_WORK_TREE'
  | 'GIT_LITERAL_PATHSPECS'
  | 'GIT_LFS_SKIP_SMUDGE';

const searchPath = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/**
 * Runs git through simple-git, which interrupts only the process that it started and knows no deadline for the whole: that
 * process is our guard, which ends everything that git has started. Nothing of the server's environment gets in.
 * @returns the standard output
 * @throws Fault when git fails or a deadline passes; the signal's reason when it aborts
 */
export async function runGit(home: GitHome, command: GitCommand, signal: AbortSignal): Promise<string> {
  signal.throwIfAborted();
  const env = environmentOf(home, command);
  const { idleMs = command.totalMs, input, attempt, onStderr } = command;
  let failure: GitExecutorResult | undefined;
  const git = simpleGit({
    baseDir: command.cwd ?? home.folder,
    binary: ['sh', home.guard],
    // The guard is ours, in a folder whose name is not ours to choose.
    unsafe: { allowUnsafeCustomBinary: true },
    allowEnvironment: Object.keys(env),
    abort: signal,
    timeout: { block: idleMs },
    completion: { onClose: true, onExit: false },
    errors(error, result) {
      if (result.exitCode !== 0) failure = result;
      return result.exitCode === 0 ? error : new Error(`git ended with ${result.exitCode}`);
    },
    ...(input !== undefined && { input: () => input }),
  }).env(env);
  if (onStderr !== undefined)
    git.outputHandler((_command, _stdout, stderr) => {
      stderr.on('data', (chunk: Buffer) => onStderr(chunk.toString()));
    });
  try {
    return await git.raw([...command.args]);
  } catch (error) {
    signal.throwIfAborted();
    if (failure === undefined) throw error;
    if (!wasEnded(failure)) throw faultOfGit(attempt, Buffer.concat(failure.stdErr).toString());
    const limits = `silent for ${idleMs / 1000} s, or not done after ${command.totalMs / 1000} s`;
    throw faultOfDeadline(attempt, limits);
  }
}

type GitExecutorResult = { exitCode: number | null; stdErr: Buffer[] };

/** By the guard's deadline, or by the signal that simple-git sends it; then there is no exit code. */
function wasEnded({ exitCode }: GitExecutorResult): boolean {
  return exitCode === null || exitCode === 124 || exitCode === 137;
}

function environmentOf(home: GitHome, { env, totalMs }: GitCommand): Record<string, string> {
  return {
    PATH: searchPath,
    LC_ALL: 'C.UTF-8',
    LANGUAGE: 'C',
    HOME: home.folder,
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_TERMINAL_PROMPT: '0',
    GIT_ALLOW_PROTOCOL: home.protocols,
    GIT_NO_REPLACE_OBJECTS: '1',
    TRUNKLINE_DEADLINE_S: String(Math.ceil(totalMs / 1000)),
    ...env,
  };
}
