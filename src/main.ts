import { buildProgram } from './cli/program.ts';
import { report, runProgram } from './cli/run-program.ts';
import { processTerminal } from './cli/terminal.ts';
import { processEnvironment } from './config/process-environment.ts';
import { endOnSurprise } from './end-on-surprise.ts';
import { hearFailedStarts } from './hear-failed-starts.ts';
import { version } from './version.ts';

const program = buildProgram({
  version,
  environment: processEnvironment(),
  // Client commands must start fast: they do not load the server.
  serve: async (flags) => (await import('./serve.ts')).serve(flags).then(endProcess),
  worker: async (flags) => (await import('./serve.ts')).work(flags).then(endProcess),
  local: {
    branchOf: async (folder) =>
      (await (await import('./scm/working-folder.ts')).describeFolder(folder))?.branch ?? null,
  },
  demo: async (flags) => (await import('./demo/demo.ts')).demo(flags, processEnvironment()).then(endProcess),
});

/** All is closed by now; timers of a queue or an engine that is away must not keep the process. */
function endProcess(): never {
  process.exit(0);
}

const terminal = processTerminal();
endOnSurprise((error) => report(terminal, error));
hearFailedStarts();
process.exitCode = await runProgram(program, process.argv.slice(2), terminal);
