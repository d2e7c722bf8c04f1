import type { HelmChart } from './helm-chart.ts';
import type { StepDefinition } from './pipeline.ts';

/** What a step brings into its environment of the tree: files that patterns mean, what a kustomization reads, or a chart. */
export type StepManifests = { patterns: string[] } | { kustomize: string } | { helm: HelmChart };

/** null: the step brings none. */
export function manifestsOf(step: StepDefinition): StepManifests | null {
  if (step.kind === 'deploy' && step.kustomize !== undefined) return { kustomize: step.kustomize };
  if (step.kind === 'deploy' && step.helm !== undefined) return { helm: step.helm };
  if (step.kind === 'deploy' && step.manifests.length > 0) return { patterns: step.manifests };
  return step.kind === 'job' && 'manifest' in step.source ? { patterns: [step.source.manifest] } : null;
}
