import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { HttpFixture } from '../http/start-http.ts';
import { compiledCode } from '../support/compiled-code.ts';

export interface CliResult {
  exitCode: number | null;
  stdout: string;
  stderr: string;
}

const program = fileURLToPath(new URL('client-program.ts', import.meta.url));

/** Runs the client in a process of its own until it ends. */
export async function runCli(
  args: string[],
  environment: Record<string, string> = {},
  cwd?: string,
): Promise<CliResult> {
  return startCli(args, environment, cwd).result;
}

/** As `runCli`, with the process and what it has printed so far. */
export function startCli(args: string[], environment: Record<string, string> = {}, cwd?: string) {
  const child: ChildProcess = spawn(process.execPath, [program, ...args], {
    env: { ...compiledCode(), ...environment },
    cwd,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const printed = { stdout: '', stderr: '' };
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    printed.stdout += text;
  });
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    printed.stderr += text;
  });
  const result = new Promise<CliResult>((resolve, reject) => {
    child.once('error', reject).once('close', (exitCode) => resolve({ exitCode, ...printed }));
  });
  return { child, printed, result };
}

/** The client's environment for a listening server and a fresh token. */
export async function environmentFor(http: HttpFixture, scope: 'read' | 'run' | 'admin' = 'admin') {
  if (!http.app.server.listening) await http.app.listen({ host: '127.0.0.1', port: 0 });
  const url = http.app.listeningOrigin;
  const { authorization } = await http.as(scope);
  return { TRUNKLINE_URL: url, TRUNKLINE_TOKEN: authorization.replace('Bearer ', '') };
}
