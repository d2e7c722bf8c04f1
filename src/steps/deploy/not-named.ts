import type { BuiltImage, RolloutPlan } from '../../clusters/cluster.ts';

/**
 * The images of the run that this plan leaves out, each once however many registries have it, in one line; none: it takes all.
 * Where nobody else could take one, the plan is refused already.
 */
export function notNamedLine(
  { workloads, manifests }: Pick<RolloutPlan, 'workloads' | 'manifests'>,
  images: readonly BuiltImage[],
): string | undefined {
  const rendered = JSON.stringify([workloads, manifests]);
  const named = new Set(
    images.filter(({ reference }) => rendered.includes(reference)).map(({ step }) => step),
  );
  const left = images
    .filter(({ step }) => !named.has(step))
    .map(({ name, step }) => `${name} of step ${step}`);
  const [first, ...others] = new Set(left);
  if (first === undefined) return undefined;
  return others.length === 0
    ? `image ${first} is not named in these manifests: not deployed by this step`
    : `images ${[first, ...others].join(', ')} are not named in these manifests: not deployed by this step`;
}
