import { tokensOf } from './groovy-tokens.ts';
import { type JenkinsJob, noteIn } from './job.ts';
import { addParameter } from './job-parameters.ts';

/**
 * What a Jenkinsfile reads of `params` and declares nowhere is a parameter that only the job in Jenkins has: a text, so that
 * steps do not read nothing without a word. To be called once all that is declared is known.
 */
export function declareUndeclared(job: JenkinsJob, source: string): void {
  for (const [name, line] of readParameters(source)) {
    if (Object.hasOwn(job.parameters, name) || job.leftOutParameters.has(name)) continue;
    const description = 'Declared in the job of Jenkins, not in its Jenkinsfile.';
    addParameter(job, { name, kind: 'string', value: '', choices: [], description, line });
    if (!Object.hasOwn(job.parameters, name)) continue;
    const advice =
      'it stands under parameters as a text without a value: give it the type and the default of the job';
    noteIn(job, line)(`the parameter ${name}, which the file reads and does not declare`, advice);
  }
}

/** With the line of the first place; without the methods of `params`. */
function readParameters(source: string): Map<string, number> {
  const found = new Map<string, number>();
  const tokens = tokensOf(source);
  for (const [at, { kind, text, line, parameters }] of tokens.entries()) {
    const [dot, name, after] = tokens.slice(at + 1, at + 4);
    const isRead = kind === 'word' && text === 'params' && dot?.text === '.' && name?.kind === 'word';
    const isMethod = after?.kind === 'mark' && /[({]/.test(after.text);
    const names = isRead && !isMethod ? [name.text] : parameters;
    for (const one of names) if (!found.has(one)) found.set(one, line);
  }
  return found;
}
