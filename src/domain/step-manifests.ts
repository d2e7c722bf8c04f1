import type { StepDefinition } from './pipeline.ts';

/** What a step brings into its environment of the tree: files that patterns mean, or what a kustomization reads. */
export type StepManifests = { patterns: string[] } | { kustomize: string };

/** null: the step brings none. */
export function manifestsOf(step: StepDefinition): StepManifests | null {
  if (step.kind === 'deploy' && step.kustomize !== undefined) return { kustomize: step.kustomize };
  if (step.kind === 'deploy' && step.manifests.length > 0) return { patterns: step.manifests };
  return step.kind === 'job' && 'manifest' in step.source ? { patterns: [step.source.manifest] } : null;
}
