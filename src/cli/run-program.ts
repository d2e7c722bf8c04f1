import { type Command, CommanderError } from 'commander';
import { Fault } from '../domain/fault.ts';
import { CliError, type ExitCode, exitCodes } from './cli-error.ts';
import { processTerminal, type Terminal } from './terminal.ts';

/**
 * Runs one command line and says what went wrong, in two lines at most.
 * @param args without the program's own name
 * @returns the exit code
 */
export async function runProgram(
  program: Command,
  args: readonly string[],
  terminal: Terminal = processTerminal(),
): Promise<ExitCode> {
  try {
    await program.parseAsync(args, { from: 'user' });
    return exitCodes.done;
  } catch (error) {
    // Commander has said itself what is wrong, or has printed the help that was asked for.
    if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.done : exitCodes.wrongUse;
    return report(terminal, error);
  }
}

/** @returns the exit code */
export function report(terminal: Terminal, error: unknown): ExitCode {
  const isKnown = error instanceof CliError || error instanceof Fault;
  const message = error instanceof Error ? error.message : String(error);
  if (message !== '') terminal.note(`trunkline: ${message}\n`);
  if (isKnown && error.hint !== undefined) terminal.note(`  ${error.hint}\n`);
  if (!isKnown && error instanceof Error) terminal.note(`${error.stack}\n`);
  return error instanceof CliError ? error.exitCode : exitCodes.ourFault;
}
