import { patternMistake } from '../domain/path-filter.ts';
import type { JenkinsJob, JobStep } from './job.ts';

/** Patterns as Ant has them, with commas between them: `target/*.jar, dist/`. */
export function addArtifacts(
  job: Pick<JenkinsJob, 'notes'>,
  step: Pick<JobStep, 'artifacts'>,
  { text, excluded, line }: { text: string; excluded: string; line: number },
): void {
  const patterns = text
    .split(/[,\s]+/)
    .filter(Boolean)
    .map((pattern) => (pattern.endsWith('/') ? `${pattern}**` : pattern));
  const usable = patterns.filter((pattern) => patternMistake(pattern) === null && !/^!|\$/.test(pattern));
  step.artifacts.push(...usable);
  if (usable.length === patterns.length && patterns.length > 0 && excluded === '') return;
  const advice = 'write them as patterns under artifacts of the step; those after an ! are left out';
  job.notes.push({ line, what: `files to keep, ${text}${excluded && ` without ${excluded}`}`, advice });
}
