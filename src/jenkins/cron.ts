import { createHash } from 'node:crypto';
import { cronMistake, timezoneMistake } from '../domain/schedule.ts';

export interface JenkinsCron {
  /** null: there is none that could be carried. */
  schedule: { cron: string; timezone: string | null } | null;
  /** Lines that are not in it. */
  left: string[];
  /** Whether an `H` was turned into a time. */
  hadHash: boolean;
}

/** Of minute, hour, day of the month, month, day of the week. Jenkins's `H` keeps to days that every month has. */
const ranges = [
  [0, 59],
  [0, 23],
  [1, 28],
  [1, 12],
  [0, 6],
] as const;

const nicknames: Readonly<Record<string, string>> = {
  '@hourly': 'H * * * *',
  '@daily': 'H H * * *',
  '@midnight': 'H H(0-2) * * *',
  '@weekly': 'H H * * H',
  '@monthly': 'H H H * *',
  '@yearly': 'H H H H *',
  '@annually': 'H H H H *',
};

/**
 * Reads what stands in a timer of Jenkins: the first line that can be carried, with `H` as a time of this job's own.
 * @param name the same name always gives the same times
 */
export function readJenkinsCron(text: string, name: string): JenkinsCron {
  const lines = text
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'));
  const [first = ''] = lines;
  const zone = /^TZ=(?<zone>\S+)$/.exec(first)?.groups?.zone ?? null;
  const timezone = zone !== null && timezoneMistake(zone) === null ? zone : null;
  const known = (timezone === null ? lines : lines.slice(1)).map((line) => ({
    line,
    cron: withoutHashes(line, name),
  }));
  const chosen = known.find(({ cron }) => cron !== null);
  return {
    schedule: chosen?.cron == null ? null : { cron: chosen.cron, timezone },
    left: known.filter((one) => one !== chosen).map(({ line }) => line),
    hadHash: /[H@]/.test(chosen?.line ?? ''),
  };
}

function withoutHashes(line: string, name: string): string | null {
  const fields = (nicknames[line] ?? line).split(/\s+/);
  if (fields.length !== ranges.length) return null;
  const cron = fields.map((field, index) => fieldWithoutHash(field, index, name)).join(' ');
  return cronMistake(cron) === null ? cron : null;
}

/** `H`, `H(0-29)`, `H/15`, `H(0-29)/10`; in lists too. */
function fieldWithoutHash(field: string, index: number, name: string): string {
  const [low, high] = ranges[index] ?? [0, 59];
  const token = /\bH(?:\((?<from>\d{1,2})-(?<to>\d{1,2})\))?(?:\/(?<every>\d{1,2}))?/g;
  return field.replaceAll(token, (...parts) => {
    const { from, to, every } = parts.at(-1) as Record<string, string | undefined>;
    const [first, last] = [Number(from ?? low), Number(to ?? high)];
    const span = Math.max(1, last - first + 1);
    const step = Number(every ?? 0);
    if (step === 0) return String(first + (hashOf(name, index) % span));
    const start = first + (hashOf(name, index) % Math.min(step, span));
    return `${start}-${last}/${step}`;
  });
}

function hashOf(name: string, index: number): number {
  return createHash('sha256').update(`${index} ${name}`).digest().readUInt16BE();
}
