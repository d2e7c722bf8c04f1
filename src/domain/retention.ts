/** What stays. Ages in ms, counted from a run's end or an event's arrival; counts of each pipeline's newest runs. */
export interface Retention {
  logs: KeptRuns;
  runs: KeptRuns;
  events: { keepMs: number };
  changes: { keepMs: number };
  audit: { keepMs: number };
  /** Of each workload: healthy versions before the one that runs now. */
  rollbacks: number;
}

export interface KeptRuns {
  keepMs: number;
  /** At least 1. */
  newest: number;
}
