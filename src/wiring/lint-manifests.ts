import { isRefusal, type Refusal } from '../clusters/cluster.ts';
import { type LintLine, lintLines } from '../clusters/kubernetes/lints.ts';
import { readManifests } from '../clusters/kubernetes/manifests.ts';

/** What a deploy step would tell of Kubernetes manifests before it applies them, as far as that needs no cluster. */
export function lintManifests(files: { path: string; text: string }[]): LintLine[] | Refusal {
  const objects = readManifests(files);
  return isRefusal(objects) ? objects : lintLines(objects);
}
