import { isDeepStrictEqual } from 'node:util';
import { parametersSchema } from '../domain/parameter-schema.ts';
import { parameterVariable } from '../domain/parameters.ts';
import { type JenkinsJob, noteIn } from './job.ts';
import { literal } from './literal.ts';

/** A parameter as Jenkins has it. */
export interface WrittenParameter {
  name: string;
  /** `string`, `booleanParam`, `choice`, or the class of a plugin. */
  kind: string;
  value: string;
  /** What there is to choose from. */
  choices: string[];
  description: string;
  line: number;
}

const mostParameters = 50;

/** A parameter stays one, and scripts find it under the name that they know. */
export function addParameter(job: JenkinsJob, written: WrittenParameter): void {
  const { name, kind, line, value } = written;
  const note = noteIn(job, line);
  if (/password|credentials|file|run/i.test(kind)) {
    job.leftOutParameters.add(name);
    note(`the parameter ${name} (${kind})`, 'parameters are text, numbers, true or false, or one of several');
    return;
  }
  const parameter = parameterOf(written);
  // Jenkins keeps what a Jenkinsfile declares with the job as well.
  if (isDeepStrictEqual(job.parameters[name], parameter)) return;
  const variables = new Set(Object.keys(job.parameters).map(parameterVariable));
  const isVariable = /^[A-Za-z_][A-Za-z0-9_]*$/.test(name);
  const isTaken =
    parametersSchema.safeParse({ [name]: parameter }).success && !variables.has(parameterVariable(name));
  if (isTaken && isVariable && variables.size < mostParameters) {
    job.parameters[name] = parameter;
    job.variables[name] = `\${parameters.${name}}`;
    return;
  }
  job.leftOutParameters.add(name);
  note(
    `the parameter ${name}`,
    isVariable ? `a variable with its default '${value}' stands for it` : 'rename it',
  );
  if (isVariable && Object.keys(job.variables).length < mostParameters) job.variables[name] = literal(value);
}

function parameterOf({ kind, value, choices, description }: WrittenParameter): object {
  const told = description === '' ? {} : { description: description.slice(0, 500) };
  if (/^bool/i.test(kind)) return { type: 'boolean', default: value === 'true', ...told };
  const options = [...new Set(choices)];
  return options.length > 0
    ? { type: 'choice', options, default: options[0], ...told }
    : { type: 'string', default: value, ...told };
}
