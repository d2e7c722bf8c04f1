import { numberOf, textOf } from '../json-reading.ts';
import type { KubeObject } from './objects.ts';
import type { PodContext, Trouble } from './pod-trouble.ts';
import type { ContainerView } from './pods.ts';

/**
 * The kubelet passes on the engine's text and nothing else, so the text decides; what it does not know counts as a
 * registry out of reach, which is borne longest.
 */
export function pullTrouble(container: ContainerView, { budgets, events, failedPulls }: PodContext): Trouble {
  const image = textOf(container.spec.image);
  const told = pullEvents(events, image);
  const text = failedPulls(container.name)?.error || textOf(told.at(-1)?.message);
  const common = { container: container.name, message: `container \`${container.name}\`: ` };
  if (/not found|manifest unknown|name unknown/i.test(text)) {
    const message = `${common.message}the image ${image} does not exist`;
    return {
      ...common,
      class: 'image-missing',
      message,
      hint: 'Was it pushed, and not deleted since?',
      toleranceMs: 0,
    };
  }
  if (/no match(ing manifest)? for/i.test(text)) {
    const message = `${common.message}the image ${image} is not made for the platform of the node`;
    const hint = 'Build it for that platform, or let the pod choose other nodes (nodeSelector).';
    return { ...common, class: 'image-invalid', message, hint, toleranceMs: 0 };
  }
  if (/unauthorized|authentication required|denied|no basic auth|forbidden|\b40[13]\b/i.test(text)) {
    const message = `${common.message}the node may not pull ${image}: ${withoutAccount(text)}`;
    const hint = 'Give the service account of the namespace an image pull secret for this registry.';
    const attempts = Math.max(failedPulls(container.name)?.attempts ?? 0, countOf(told));
    const toleranceMs = attempts >= budgets.pullDenials ? 0 : budgets.pullDeniedMs;
    return { ...common, class: 'image-denied', message, hint, toleranceMs };
  }
  const message = `${common.message}the node cannot pull ${image}: ${withoutAccount(text) || 'no reason known yet'}`;
  const hint = 'Check that the node reaches the registry and trusts its certificate.';
  return { ...common, class: 'image-unreachable', message, hint, toleranceMs: budgets.pullUnreachableMs };
}

function pullEvents(events: KubeObject[], image: string): KubeObject[] {
  return events.filter(
    ({ reason, message }) =>
      reason === 'Failed' && textOf(message).startsWith(`Failed to pull image "${image}"`),
  );
}

function countOf(events: KubeObject[]): number {
  return events.reduce((sum, { count }) => sum + numberOf(count, 1), 0);
}

/** Registries name the account in their rate-limit message. */
export function withoutAccount(text: string): string {
  return text.replaceAll(/(pull rate limit as )\S+/gi, '$1[account]');
}
