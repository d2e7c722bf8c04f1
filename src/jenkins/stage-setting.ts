import type { JenkinsJob, JobMatrix, JobStep, StepCondition } from './job.ts';
import type { WantedSecret } from './secrets.ts';

/** What holds for the stages below a place. */
export interface StageSetting {
  job: JenkinsJob;
  image: string | null;
  dockerfile: JobStep['dockerfile'];
  /** Images of the pod's containers, by name. */
  containers: ReadonlyMap<string, string>;
  exports: { name: string; value: string }[];
  secrets: WantedSecret[];
  /** null: always. */
  condition: StepCondition | null;
  matrix: JobMatrix | null;
  timeoutSeconds: number | null;
  attempts: number;
}

export function plainSetting(job: JenkinsJob): StageSetting {
  return {
    job,
    image: null,
    dockerfile: null,
    containers: new Map(),
    exports: [],
    secrets: [],
    condition: null,
    matrix: null,
    timeoutSeconds: null,
    attempts: 1,
  };
}
