import type { Environment } from '../../config/config-reading.ts';
import type { ServerFlags } from '../../config/load-server-config.ts';
import type { Finding } from '../../domain/finding.ts';
import { examine } from '../../wiring/doctor.ts';
import { CliError, exitCodes } from '../cli-error.ts';
import { printJson } from '../context.ts';
import { oneLine } from '../safe-text.ts';
import type { Terminal } from '../terminal.ts';

export interface DoctorOptions extends ServerFlags {
  json?: boolean;
  notify?: boolean;
}

const marks: Record<Finding['state'], string> = { ok: 'ok     ', warning: 'warning', problem: 'PROBLEM' };

/** Says what of this machine would keep a server with this config from working. @throws CliError when something would */
export async function doctor(
  { terminal, environment }: { terminal: Terminal; environment: Environment },
  { json, notify, ...flags }: DoctorOptions,
): Promise<void> {
  const findings = await examine({ flags, environment, cwd: process.cwd(), notify });
  if (json) printJson(terminal, { findings });
  else for (const finding of findings) terminal.print(linesOf(finding));
  if (findings.some(({ state }) => state === 'problem')) throw new CliError(exitCodes.userFailure);
}

function linesOf({ part, state, text, hint }: Finding): string {
  const line = `${marks[state]}  ${part}: ${oneLine(text)}\n`;
  return hint === null ? line : `${line}         ${oneLine(hint)}\n`;
}
