import type { Environment } from './config-reading.ts';

/** The one place that reads the process's environment variables; everyone else is handed them. */
export function processEnvironment(): Environment {
  return process.env;
}
