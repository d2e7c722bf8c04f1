import { type ParsedPipeline, parsePipeline } from '../../src/domain/pipeline-file.ts';
import { readJenkinsfile } from '../../src/jenkins/jenkinsfile.ts';
import type { JenkinsJob, Unreadable } from '../../src/jenkins/job.ts';
import { readJobConfig } from '../../src/jenkins/job-config.ts';
import { type Draft, writeDraft } from '../../src/jenkins/write-draft.ts';

export interface ReadDraft extends Draft {
  pipeline: ParsedPipeline['pipeline'];
  /** `12 what`, in the draft's order. */
  told: string[];
}

/** The draft of a `config.xml`, which must have no mistakes. */
export function draftOfConfig(text: string, name = 'cart'): ReadDraft | Unreadable {
  return read(readJobConfig(text, name), name);
}

/** The draft of a Jenkinsfile, which must have no mistakes. */
export function draftOfJenkinsfile(text: string, name = 'web'): ReadDraft | Unreadable {
  return read(readJenkinsfile(text, name), name);
}

/** As the others, for a file that is known to be read. */
export function sure(draft: ReadDraft | Unreadable): ReadDraft {
  if ('problem' in draft) throw new Error(`line ${draft.line}: ${draft.problem}`);
  return draft;
}

function read(job: JenkinsJob | Unreadable, name: string): ReadDraft | Unreadable {
  if ('problem' in job) return job;
  const draft = writeDraft(job, { name, file: 'the file', repository: null });
  const parsed = parsePipeline(draft.text, 'draft.yaml');
  if ('problems' in parsed) throw new Error(JSON.stringify(parsed.problems), { cause: draft.text });
  const told = draft.notes.map(({ line, what }) => `${line} ${what}`);
  return { ...draft, pipeline: parsed.pipeline, told };
}
