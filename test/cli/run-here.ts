import { buildProgram, type ProgramActions } from '../../src/cli/program.ts';
import { runProgram } from '../../src/cli/run-program.ts';
import type { Terminal } from '../../src/cli/terminal.ts';
import type { CliResult } from './run-cli.ts';

/** Runs the client within the test's process, with output as into a pipe; `terminal` replaces some of that. */
export async function runHere(
  args: string[],
  environment: Record<string, string> = {},
  {
    terminal: replaced,
    ...actions
  }: Partial<Omit<ProgramActions, 'terminal'>> & { terminal?: Partial<Terminal> } = {},
): Promise<CliResult> {
  const printed = { stdout: '', stderr: '' };
  const terminal: Terminal = {
    print: (text) => {
      printed.stdout += text;
    },
    note: (text) => {
      printed.stderr += text;
    },
    isLive: false,
    columns: 100,
    rows: 50,
    paint: (_style, text) => text,
    ask: null,
    ...replaced,
  };
  const nothing = async () => {};
  const parts = {
    version: '0',
    environment,
    serve: nothing,
    worker: nothing,
    demo: nothing,
    local: { branchOf: async () => null },
    ...actions,
    terminal,
  };
  const exitCode = await runProgram(buildProgram(parts), args, terminal);
  return { exitCode, ...printed };
}
