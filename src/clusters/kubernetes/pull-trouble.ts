import { advise } from '../../domain/hint.ts';
import { numberOf, textOf } from '../json-reading.ts';
import { engineWords } from './engine-words.ts';
import type { KubeObject } from './objects.ts';
import type { PodContext, Trouble } from './pod-trouble.ts';
import type { ContainerView } from './pods.ts';

/** The kubelet's event, which alone says why once it pauses, comes late where much goes on: so long it is waited for. */
const unexplainedMs = 60_000;

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
      hint: advise('was-it-pushed'),
      toleranceMs: 0,
    };
  }
  if (/no match(ing manifest)? for/i.test(text)) {
    const message = `${common.message}the image ${image} is not made for the platform of the node`;
    const hint = advise('build-for-platform');
    return { ...common, class: 'image-invalid', message, hint, toleranceMs: 0 };
  }
  if (/unauthorized|authentication required|denied|no basic auth|forbidden|\b40[13]\b/i.test(text)) {
    const message = `${common.message}the node may not pull ${image}: ${withoutAccount(engineWords(text))}`;
    const hint = advise('give-pull-secret');
    const attempts = Math.max(failedPulls(container.name)?.attempts ?? 0, countOf(told));
    const toleranceMs = attempts >= budgets.pullDenials ? 0 : budgets.pullDeniedMs;
    return { ...common, class: 'image-denied', message, hint, toleranceMs };
  }
  return unreachable(container, { image, text, toleranceMs: budgets.pullUnreachableMs });
}

function unreachable(
  { name }: ContainerView,
  { image, text, toleranceMs }: { image: string; text: string; toleranceMs: number },
): Trouble {
  const message = `container \`${name}\`: the node cannot pull ${image}`;
  const common = { class: 'image-unreachable', container: name } as const;
  const hint = advise('reach-registry');
  if (text !== '')
    return { ...common, message: `${message}: ${withoutAccount(engineWords(text))}`, hint, toleranceMs };
  return {
    ...{ ...common, message: `${message}: no reason known yet`, hint, isUnexplained: true },
    toleranceMs: Math.max(toleranceMs, unexplainedMs),
  };
}

function pullEvents(events: KubeObject[], image: string): KubeObject[] {
  return events.filter(
    ({ reason, message }) =>
      reason === 'Failed' && textOf(message).includes(`Failed to pull image "${image}"`),
  );
}

function countOf(events: KubeObject[]): number {
  return events.reduce((sum, { count }) => sum + numberOf(count, 1), 0);
}

/** Registries name the account in their rate-limit message, and Docker Hub a token of it. */
export function withoutAccount(text: string): string {
  return text
    .replaceAll(/(pull rate limit as )('[^']*'|[^\s:]+)/gi, '$1[account]')
    .replaceAll(/\bdckr_[\w=-]+/g, '[token]');
}
