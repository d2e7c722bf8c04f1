import { readJenkinsCron } from './cron.ts';
import { type JenkinsJob, noteIn } from './job.ts';
import { shortName } from './job-source.ts';
import { elementAt, textAt, type XmlElement } from './xml-elements.ts';

/** What starts the job; in older jobs below the root, in newer ones below a property. */
export function readTriggers(job: JenkinsJob, root: XmlElement, name: string): void {
  const properties = elementAt(root, 'properties')?.children ?? [];
  const places = [root, ...properties].flatMap((place) => elementAt(place, 'triggers')?.children ?? []);
  for (const trigger of places) readTrigger(job, trigger, name);
  const quiet = Number(textAt(root, 'quietPeriod'));
  if (quiet > 0 && quiet <= 86_400) job.quietSeconds = Math.ceil(quiet);
}

function readTrigger(job: JenkinsJob, trigger: XmlElement, name: string): void {
  const kind = shortName(trigger.name);
  const { line } = trigger;
  const spec = { text: textAt(trigger, 'spec'), line };
  if (kind === 'TimerTrigger') addSchedule(job, spec, name);
  else if (kind === 'SCMTrigger') addPoll(job, spec);
  else if (kind === 'ReverseBuildTrigger') {
    const threshold = textAt(trigger, 'threshold', 'name');
    addUpstream(job, { text: textAt(trigger, 'upstreamProjects'), threshold, line });
  } else addOther(job, kind, line);
}

/** Of a plugin: mostly a hook of a server for code. */
export function addOther(job: JenkinsJob, kind: string, line: number): void {
  const note = noteIn(job, line);
  if (/push|gitlab|gitea|bitbucket|webhook/i.test(kind)) {
    job.onCommit = true;
    note(`the hook of ${kind}`, 'point the hook at Trunkline: hooks/README.md');
  } else note(`the trigger ${kind}`, 'look what it does, and whether it is still needed');
}

interface Written {
  text: string;
  line: number;
}

/** Jenkins's timer, from either kind of file. */
export function addSchedule(job: JenkinsJob, { text, line }: Written, name: string): void {
  const { schedule, left, hadHash } = readJenkinsCron(text, name);
  const note = noteIn(job, line);
  const advice = 'a pipeline has one schedule: make a second one';
  if (job.schedule !== null) {
    note(`a further timer, ${text}`, advice);
    return;
  }
  job.schedule = schedule;
  for (const one of left) note(`the line "${one}" of the timer`, advice);
  if (hadHash) note('H in the timer', 'a fixed time stands for it: change it if many would begin at once');
}

/** Looking for commits is what Trunkline does by itself. */
export function addPoll(job: JenkinsJob, { text, line }: Written): void {
  job.onCommit = true;
  if (text.trim() === '') return;
  const advice = 'how often to look is `poll` of the repository in trunkline.yaml; a hook makes it needless';
  job.notes.push({ line, what: `polling at ${text.trim()}`, advice });
}

export function addUpstream(
  job: JenkinsJob,
  { text, threshold, line }: Written & { threshold: string },
): void {
  const [first, ...further] = text
    .split(',')
    .map((name) => name.trim())
    .filter(Boolean);
  if (first === undefined) return;
  for (const name of job.upstream === null ? further : [first, ...further]) {
    const advice = 'a pipeline runs after one other: make a second one';
    job.notes.push({ line, what: `running after ${name}`, advice });
  }
  const on = threshold === 'FAILURE' || threshold === 'UNSTABLE' ? 'ended' : 'succeeded';
  job.upstream ??= { name: first, on };
}
