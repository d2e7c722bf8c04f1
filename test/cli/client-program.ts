import { buildProgram } from '../../src/cli/program.ts';
import { runProgram } from '../../src/cli/run-program.ts';
import { processEnvironment } from '../../src/config/process-environment.ts';

/** The program without the server's side, for tests that start it as a process of its own. */
const unused = async () => {
  throw new Error('the server is not part of this program');
};

const program = buildProgram({
  version: '0.0.0-test',
  environment: processEnvironment(),
  serve: unused,
  worker: unused,
  demo: unused,
  local: { branchOf: async () => null },
});
process.exitCode = await runProgram(program, process.argv.slice(2));
