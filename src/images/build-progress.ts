/** Reads one builder's progress lines into the log and knows, at the end, where the build stood. */
export interface BuildProgress {
  accept(line: object): void;
  /** How many instructions are done, of all that are known, and one that is being executed. */
  standing(): { done: number; total: number; current: string | null };
  /** To be called when the stream has ended; `failure` is the builder's last word. */
  finish(failure: BuildFailure | null): void;
  /** The instruction that failed, when the builder told one. */
  failedStep(failure: BuildFailure): FailedBuildStep | null;
}

export interface BuildFailure {
  message: string;
  /** Of the command that a RUN executed. */
  exitCode: number | null;
}

export interface FailedBuildStep {
  /** `RUN npm ci` */
  instruction: string;
  /** `4/7`, with the stage's name in front where it has one. */
  position: string;
  exitCode: number | null;
}

/** `build failed at "RUN npm ci" (step 4/7): exit code 1` */
export function describeBuildFailure(progress: BuildProgress, failure: BuildFailure): string {
  const step = progress.failedStep(failure);
  if (step === null) return `build failed: ${firstLine(failure.message)}`;
  const cause = step.exitCode === null ? firstLine(failure.message) : `exit code ${step.exitCode}`;
  return `build failed at "${firstLine(step.instruction)}" (step ${step.position}): ${cause}`;
}

export function firstLine(text: string): string {
  return text.trim().split('\n', 1)[0] ?? '';
}
