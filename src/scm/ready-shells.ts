import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import type { Socket } from 'node:net';
import { quoteForShell } from './quote-for-shell.ts';

/** A program with its arguments, and its whole environment. */
export interface Command {
  words: readonly string[];
  env: Readonly<Record<string, string>>;
}

/** Starts programs, each as the leader of a process group of its own, with three pipes. */
export interface Launcher {
  start(command: Command): ChildProcessWithoutNullStreams;
}

export const startAnew: Launcher['start'] = ({ words: [program = '', ...args], env }) =>
  spawn(program, args, { env, detached: true, stdio: 'pipe' });

/** Reads one line, a program and its arguments, and becomes that; what else comes in is the program's. */
const becomeWhatIsRead = ['/bin/sh', '-c', 'IFS= read -r line && eval "exec $line"'];
const readyAtMost = 2;
/** Nothing is made ready while there is something to do. */
const restMs = 500;

/**
 * Starts programs in processes that were made before. Making one takes the longer the more memory this process has (for
 * 150 MB many milliseconds), and all else waits for it meanwhile: so that is done while there is nothing to do. A shell that
 * waits costs next to nothing, and ends when this process does, however that ends.
 */
export class ReadyShells implements Launcher {
  readonly #ready = new Map<string, Waiting>();
  #rest: NodeJS.Timeout | undefined;

  start(command: Command): ChildProcessWithoutNullStreams {
    this.makeReady(command.env);
    const shell = isOneLine(command) ? this.#take(command.env) : undefined;
    if (shell === undefined) return startAnew(command);
    shell.stdin.write(`${command.words.map(quoteForShell).join(' ')}\n`);
    return shell;
  }

  /** Soon there are processes for programs with this environment. */
  makeReady(env: Command['env']): void {
    const key = keyOf(env);
    if (!this.#ready.has(key)) this.#ready.set(key, { env, shells: new Set() });
    clearTimeout(this.#rest);
    this.#rest = setTimeout(() => this.#makeOne(), restMs).unref();
  }

  /** One at a time, so that nothing is held up for long. */
  #makeOne(): void {
    const wanting = [...this.#ready.values()].find(({ shells }) => shells.size < readyAtMost);
    if (wanting === undefined) return;
    try {
      wanting.shells.add(waitingShell(wanting.env, wanting.shells));
    } catch {
      // No memory or no file is left for it now: there will be another rest.
      return;
    }
    this.#rest = setTimeout(() => this.#makeOne(), restMs).unref();
  }

  #take(env: Command['env']): ChildProcessWithoutNullStreams | undefined {
    const shells = this.#ready.get(keyOf(env))?.shells;
    const [shell] = shells ?? [];
    if (shell === undefined) return undefined;
    shells?.delete(shell);
    for (const part of [shell, ...pipesOf(shell)]) part.ref();
    return shell;
  }
}

interface Waiting {
  env: Command['env'];
  shells: Set<ChildProcessWithoutNullStreams>;
}

/** Does not keep this process from ending. */
function waitingShell(env: Command['env'], shells: Waiting['shells']): ChildProcessWithoutNullStreams {
  const shell = startAnew({ words: becomeWhatIsRead, env });
  const forget = () => void shells.delete(shell);
  shell.once('exit', forget).once('error', forget);
  for (const part of [shell, ...pipesOf(shell)]) part.unref();
  return shell;
}

function pipesOf({ stdin, stdout, stderr }: ChildProcessWithoutNullStreams): Socket[] {
  return [stdin, stdout, stderr] as unknown as Socket[];
}

function isOneLine({ words }: Command): boolean {
  return words.every((word) => !/[\n\0]/.test(word));
}

function keyOf(env: Command['env']): string {
  return JSON.stringify(env);
}
