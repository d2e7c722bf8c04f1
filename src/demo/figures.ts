import type { Terminal } from '../cli/terminal.ts';
import type { Timings } from './setup/world.ts';
import type { TourResult } from './tour/tour.ts';

export interface DemoOutcome {
  timings: Timings & { totalMs: number };
  result: TourResult;
  clusterKind: 'swarm' | 'kubernetes';
  engine: { version: string; isOwn: boolean };
}

/** The last line of `--once`: one JSON object, times in seconds. */
export function sayFigures(terminal: Terminal, outcome: DemoOutcome): void {
  const { timings, result, clusterKind, engine } = outcome;
  const { version, broken } = result;
  const figures = {
    ok: true,
    cluster: clusterKind,
    engine: { version: engine.version, own: engine.isOwn },
    seconds: {
      install: seconds(timings.installMs),
      ready: seconds(timings.readyMs),
      commitToAnswering: seconds(result.answeringMs),
      brokenCommitToRolledBack: seconds(result.rolledBackMs),
      total: seconds(timings.totalMs),
    },
    version: { text: version.text, digest: version.digest },
    broken: {
      text: broken.text,
      cause: broken.cause,
      asked: broken.visits.asked,
      failed: broken.visits.failed,
    },
  };
  terminal.print(`${JSON.stringify(figures)}\n`);
}

function seconds(ms: number): number {
  return Math.round(ms / 100) / 10;
}
