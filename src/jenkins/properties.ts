import type { Statement, Value } from './groovy-syntax.ts';
import type { JenkinsJob } from './job.ts';
import { readOptions, readParameters, readTriggers } from './job-sections.ts';

/** `properties([parameters([...]), pipelineTriggers([...]), buildDiscarder(...)])` of a scripted Jenkinsfile. */
export function readProperties(job: JenkinsJob, { args, line }: Statement, jobName: string): void {
  for (const property of args.flatMap(itemsOf)) {
    if (property.kind !== 'call') continue;
    const inner = property.args.flatMap(itemsOf).flatMap((value) => statementOf(value, line));
    if (property.name === 'parameters') readParameters(job, inner);
    else if (property.name === 'pipelineTriggers') readTriggers(job, inner, jobName);
    else readOptions(job, statementOf(property, line));
  }
}

function itemsOf(value: Value): Value[] {
  return value.kind === 'list' ? value.items : [value];
}

function statementOf(value: Value, line: number): Statement[] {
  if (value.kind !== 'call') return [];
  const { name, args, named } = value;
  return [{ name, line, args, named, block: null }];
}
