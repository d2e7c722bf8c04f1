import type { Pipeline } from './pipeline.ts';

/** Of a pipeline that nothing starts by itself. */
export const noTriggers: Pipeline['on'] = {
  commit: null,
  mergeRequest: null,
  branch: null,
  tag: null,
  schedule: null,
  pipeline: null,
};
