import type { JenkinsJob, JobStep } from './job.ts';
import { slug } from './slug.ts';

/** A credential of Jenkins that a step has in a variable. */
export interface WantedSecret {
  /** What Jenkins calls it. */
  id: string;
  variable: string;
  /** What it is of the credential, where that has more than one part. */
  part: 'username' | 'password' | null;
  line: number;
}

/** Gives the step a secret of that name, which the server has to be told. */
export function addSecret(
  job: Pick<JenkinsJob, 'notes'>,
  step: Pick<JobStep, 'secrets'>,
  wanted: WantedSecret,
): void {
  const { id, variable, part, line } = wanted;
  if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(variable) || id === '') {
    const advice = 'add it under secrets in trunkline.yaml, and name it in secrets of the step';
    job.notes.push({ line, what: `the credentials ${id}`, advice });
    return;
  }
  const name = slug(part === null ? id : `${id}-${part}`, 'secret');
  step.secrets[variable] = name;
  const advice = `add ${name} under secrets in trunkline.yaml, with this pipeline among its pipelines`;
  job.notes.push({ line, what: `the credentials ${id} in ${variable}`, advice });
}
