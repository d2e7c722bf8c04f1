import { plainText, type Statement } from './groovy-syntax.ts';
import type { JenkinsJob } from './job.ts';
import { addParameter } from './job-parameters.ts';
import { addOther, addPoll, addSchedule, addUpstream } from './job-triggers.ts';

/** `options { }`, and what `properties([...])` has of them. */
export function readOptions(job: JenkinsJob, options: readonly Statement[]): void {
  for (const option of options) {
    if (['timestamps', 'ansiColor', 'skipDefaultCheckout'].includes(option.name)) continue;
    const advice = optionAdvices[option.name] ?? 'look what it does, and whether it is still needed';
    job.notes.push({ line: option.line, what: `the option ${option.name}`, advice });
  }
}

const optionAdvices: Readonly<Record<string, string>> = {
  timeout: 'each step has a timeout of its own, an hour by default; there is none of the whole run',
  retry: 'each step has a retry of its own',
  buildDiscarder: 'how long runs are kept is up to the server',
  disableConcurrentBuilds: 'runs of one branch never overlap; concurrency.group says otherwise',
  quietPeriod: 'write on.commit.quiet',
};

export function readParameters(job: JenkinsJob, parameters: readonly Statement[]): void {
  for (const { name: kind, named, line } of parameters) {
    const listed = named.get('choices');
    const choices = listed?.kind === 'list' ? listed.items.map(plainText) : plainText(listed).split('\n');
    addParameter(job, {
      name: plainText(named.get('name')),
      kind,
      value: plainText(named.get('defaultValue')),
      choices: choices.filter(Boolean),
      description: plainText(named.get('description')),
      line,
    });
  }
}

export function readTriggers(job: JenkinsJob, triggers: readonly Statement[], jobName: string): void {
  for (const { name, args, named, line } of triggers) {
    const text = plainText(args[0]);
    if (name === 'cron') addSchedule(job, { text, line }, jobName);
    else if (name === 'pollSCM') addPoll(job, { text, line });
    else if (name === 'upstream') {
      const threshold = plainText(named.get('threshold')).split('.').at(-1) ?? '';
      addUpstream(job, { text: plainText(named.get('upstreamProjects')) || text, threshold, line });
    } else addOther(job, name, line);
  }
}
