import type { StepDefinition } from './pipeline.ts';

/** Patterns of the manifest files that a step brings into its environment; most have none. */
export function manifestsOf(step: StepDefinition): string[] {
  if (step.kind === 'deploy') return step.manifests;
  return step.kind === 'job' && 'manifest' in step.source ? [step.source.manifest] : [];
}
