import { askTestRun } from './ask-test-run.ts';

export type DockerEngine = {
  /** unix://... */
  host: string;
};

/** The machine's Docker engine, shared by all tests: one that is there is used, else the test run starts one. */
export async function dockerEngine(): Promise<DockerEngine> {
  return { host: await askTestRun('engine') };
}

/** The name of a local image (FROM scratch plus busybox, `/bin/sh` works) that the shared engine has. */
export function baseImage(): Promise<string> {
  return askTestRun('base-image');
}
