import { readFile } from 'node:fs/promises';
import { CliError, exitCodes } from '../cli-error.ts';
import { printJson } from '../context.ts';
import { oneLine } from '../safe-text.ts';
import type { Terminal } from '../terminal.ts';

/**
 * Tells what makes rollouts of Kubernetes manifests worse than they need be, without a server and without a cluster.
 * @throws CliError when they are no manifests
 */
export async function lintManifestFiles(
  terminal: Terminal,
  paths: string[],
  options: { json?: boolean },
): Promise<void> {
  if (paths.length === 0) {
    const hint = 'Name them: trunkline lint --manifests deploy/*.yaml';
    throw new CliError(exitCodes.wrongUse, 'No manifests are named.', { hint });
  }
  const files = await Promise.all(paths.map(async (path) => ({ path, text: await readManifest(path) })));
  const { lintManifests } = await import('../../wiring/lint-manifests.ts');
  const found = lintManifests(files);
  if ('refusal' in found) {
    if (options.json) printJson(terminal, { files: paths, refusal: found.refusal, lines: [] });
    throw new CliError(exitCodes.userFailure, found.refusal, { hint: found.details?.join('; ') });
  }
  if (options.json) return printJson(terminal, { files: paths, lines: found });
  for (const { level, text } of found) terminal.print(`${level}: ${oneLine(text)}\n`);
  const warnings = found.filter(({ level }) => level === 'warning').length;
  terminal.print(`${warnings === 0 ? 'No warnings' : `${warnings} warning${warnings === 1 ? '' : 's'}`}\n`);
}

async function readManifest(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    throw new CliError(exitCodes.wrongUse, `${path} cannot be read.`, {
      hint: 'Name files; a shell makes them of a pattern: deploy/*.yaml',
      cause,
    });
  }
}
