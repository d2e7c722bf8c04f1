import type { JenkinsJob } from './job.ts';
import { addArtifacts } from './kept-files.ts';
import { addSecret } from './secrets.ts';
import { elementAt, textAt, type XmlElement } from './xml-elements.ts';

/** Files that are kept after the last step, and secrets that all of them have. */
export function readKept(job: JenkinsJob, element: XmlElement): void {
  const { line } = element;
  const last = job.steps.at(-1);
  const [text, excluded] = [textAt(element, 'artifacts'), textAt(element, 'excludes')];
  if (text !== '' && last !== undefined) addArtifacts(job, last, { text, excluded, line });
  for (const binding of elementAt(element, 'bindings')?.children ?? []) {
    const id = textAt(binding, 'credentialsId');
    const parts = [
      { variable: textAt(binding, 'variable'), part: null },
      { variable: textAt(binding, 'usernameVariable'), part: 'username' },
      { variable: textAt(binding, 'passwordVariable'), part: 'password' },
    ] as const;
    const found = { secrets: {} };
    for (const one of parts)
      if (one.variable !== '') addSecret(job, found, { ...one, id, line: binding.line });
    for (const step of job.steps) Object.assign(step.secrets, found.secrets);
  }
}
