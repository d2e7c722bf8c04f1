import type { CauseClass } from '../../domain/cause-class.ts';
import type { JsonObject } from '../../domain/json.ts';
import type { RegistryAnswer } from '../../domain/registry-answer.ts';
import type { Trouble } from './pod-trouble.ts';
import type { PullFacts } from './pull-inquiry.ts';

/** A trouble with an image, after its registry was asked. */
export type PullFinding = Pick<Trouble, 'class' | 'message' | 'hint'>;

const pullClasses: readonly CauseClass[] = ['image-missing', 'image-denied', 'image-unreachable'];

export function isPullTrouble({ class: of }: Trouble): boolean {
  return pullClasses.includes(of);
}

/**
 * Corrects what the node's words suggest. Many registries call an image that does not exist forbidden, and a node
 * that does not reach its registry cannot tell whether anybody does.
 */
export function pullFinding(trouble: Trouble, facts: PullFacts): PullFinding {
  const { host, image } = facts;
  const said = whatItSaid(facts);
  const as = (hint: string | null): PullFinding => ({ ...trouble, hint: hint ?? trouble.hint });
  if (said === 'missing') {
    const message = `container \`${trouble.container}\`: the image ${image} does not exist`;
    const hint = `${host} says so to Trunkline too. Was it pushed, and not deleted since?`;
    return { class: 'image-missing', message, hint };
  }
  if (trouble.class === 'image-denied') return as(deniedHint(facts));
  if (trouble.isUnexplained && asTheNode(facts) === 'refused') {
    const message = `container \`${trouble.container}\`: the node cannot pull ${image}, and ${host} refuses it to Trunkline too`;
    return { class: 'image-denied', message, hint: deniedHint(facts) };
  }
  if (said === 'there' && trouble.class === 'image-missing')
    return as(`${host} has it by now: it came after the node had asked. Retry the run.`);
  if (trouble.class !== 'image-unreachable') return as(null);
  if (said === 'silent')
    return as(`${host} does not answer Trunkline either: is it up, and is its name right?`);
  const has = said === 'there' ? 'and has the image' : 'and asks for an account';
  return as(
    `${host} answers Trunkline, ${has}: look at the way from the node to it (name, firewall, certificate, plain http).`,
  );
}

/** Best for the image first: who is let in knows better than who is not. */
function whatItSaid({ answers: { secret, own, nobody } }: PullFacts): RegistryAnswer {
  const all = [secret, own, nobody];
  const best = (['there', 'missing', 'refused'] as const).find((answer) => all.includes(answer));
  return best ?? 'silent';
}

/** With what the node has to show: the pod's own pull secret, or nothing. */
function asTheNode({ answers: { secret, nobody } }: PullFacts): RegistryAnswer | null {
  return secret ?? nobody;
}

function deniedHint({ host, secrets, answers }: PullFacts): string {
  const own =
    answers.own === 'there' ? ` The account of Trunkline's own config for ${host} may pull it.` : '';
  const covering = secrets.find(({ state }) => state === 'covers');
  if (covering !== undefined && answers.secret === 'there')
    return `${host} accepts the pull secret ${covering.name} by now. Retry the run.`;
  if (covering !== undefined && answers.secret !== 'silent')
    return `${host} refuses the account in the pull secret ${covering.name}: renew it, or allow it to pull.${own}`;
  const missing = secrets.find(({ state }) => state === 'missing');
  if (missing !== undefined)
    return `The pull secret ${missing.name} does not exist in the namespace: make it.${own}`;
  const unreadable = secrets.find(({ state }) => state === 'unreadable');
  if (unreadable !== undefined)
    return `Check the pull secret ${unreadable.name}, which Trunkline cannot read: is it for ${host}?${own}`;
  const [other] = secrets;
  if (other !== undefined && covering === undefined)
    return `The pull secret ${other.name} is for ${other.hosts.join(', ') || 'no host'}, not for ${host}.${own}`;
  return `The pod has no pull secret for ${host}: make one (kubectl create secret docker-registry) and name it in imagePullSecrets, of the pod or of the namespace's default service account.${own}`;
}

/** For the records; the accounts themselves are nobody's business. */
export function factsSummary({ host, secrets, answers }: PullFacts): JsonObject {
  return {
    host,
    answers: { ...answers },
    pullSecrets: secrets.map(({ name, state, hosts }) => ({ name, state, hosts })),
  };
}
