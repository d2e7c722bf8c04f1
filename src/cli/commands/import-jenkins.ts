import { basename, dirname, resolve } from 'node:path';
import { namePattern, nameRule } from '../../domain/names.ts';
import { parsePipeline } from '../../domain/pipeline-file.ts';
import { renderProblem } from '../../domain/problem.ts';
import { readJenkinsfile } from '../../jenkins/jenkinsfile.ts';
import { readJobConfig } from '../../jenkins/job-config.ts';
import { noteText, writeDraft } from '../../jenkins/write-draft.ts';
import { CliError, exitCodes } from '../cli-error.ts';
import { printJson } from '../context.ts';
import { readJobFile } from '../job-file.ts';
import type { Terminal } from '../terminal.ts';

export interface ImportOptions {
  name?: string;
  repository?: string;
  json?: boolean;
}

/**
 * Drafts a pipeline of a Jenkins job, on standard output; what it could not carry is told on standard error.
 * @throws CliError for a file that is neither kind
 */
export async function importJenkins(
  { terminal }: { terminal: Terminal },
  file: string,
  options: ImportOptions,
): Promise<void> {
  const { repository = null } = options;
  if (repository !== null && !namePattern.test(repository))
    throw new CliError(exitCodes.wrongUse, `--repository: ${nameRule}.`);
  const text = await readJobFile(file);
  const name = options.name ?? nameOf(file);
  const isXml = /^\s*</.test(text);
  const job = isXml ? readJobConfig(text, name) : readJenkinsfile(text, name);
  if ('problem' in job)
    throw new CliError(
      exitCodes.userFailure,
      `Cannot read ${file}, line ${job.line}: ${job.problem.replace(/\.$/, '')}.`,
    );
  const draft = writeDraft(job, { name, file: basename(file), repository });
  assertRight(draft.text);
  if (options.json) return printJson(terminal, { name: draft.name, draft: draft.text, notes: draft.notes });
  terminal.print(draft.text);
  for (const note of draft.notes) terminal.note(`${noteText(note)}\n`);
  const count = draft.notes.length;
  terminal.note(
    count === 0 ? 'All of it was carried over.\n' : `${count} to look at; they stand in the draft too.\n`,
  );
}

/** Jenkins keeps a job in a folder of its name; a Jenkinsfile lies in that of its project. */
function nameOf(file: string): string {
  const own = basename(file).replace(/\.[^.]*$/, '');
  return /^(?:config|jenkinsfile)$/i.test(own) ? basename(dirname(resolve(file))) : own;
}

function assertRight(draft: string): void {
  const parsed = parsePipeline(draft, 'draft');
  if (!('problems' in parsed)) return;
  const problems = parsed.problems.map((problem) => renderProblem(problem, { color: false })).join('\n');
  throw new CliError(exitCodes.ourFault, `The draft has mistakes that it should not have:\n${problems}`);
}
