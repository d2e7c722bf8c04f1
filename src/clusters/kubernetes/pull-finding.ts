import type { CauseClass } from '../../domain/cause-class.ts';
import { advise, type Hint, joinHints } from '../../domain/hint.ts';
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
  const as = (hint: Hint | null): PullFinding => ({ ...trouble, hint: hint ?? trouble.hint });
  if (said === 'missing') {
    const message = `container \`${trouble.container}\`: the image ${image} does not exist`;
    const hint = joinHints(advise('registry-agrees', { host }), advise('was-it-pushed'));
    return { class: 'image-missing', message, hint };
  }
  if (trouble.class === 'image-denied') return as(deniedHint(facts));
  if (trouble.isUnexplained && asTheNode(facts) === 'refused') {
    const message = `container \`${trouble.container}\`: the node cannot pull ${image}, and ${host} refuses it to Trunkline too`;
    return { class: 'image-denied', message, hint: deniedHint(facts) };
  }
  if (said === 'there' && trouble.class === 'image-missing') return as(advise('came-late', { host }));
  if (trouble.class !== 'image-unreachable') return as(null);
  if (said === 'silent') return as(advise('registry-silent', { host }));
  return as(advise(said === 'there' ? 'way-to-image' : 'way-to-registry', { host }));
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

function deniedHint(facts: PullFacts): Hint {
  const { host, secrets, answers } = facts;
  const covering = secrets.find(({ state }) => state === 'covers');
  if (covering !== undefined && answers.secret === 'there')
    return advise('secret-accepted', { host, secret: covering.name });
  return joinHints(secretHint(facts), answers.own === 'there' ? advise('own-account', { host }) : null);
}

function secretHint({ host, secrets, answers }: PullFacts): Hint {
  const covering = secrets.find(({ state }) => state === 'covers');
  if (covering !== undefined && answers.secret !== 'silent')
    return advise('secret-refused', { host, secret: covering.name });
  const missing = secrets.find(({ state }) => state === 'missing');
  if (missing !== undefined) return advise('secret-missing', { secret: missing.name });
  const unreadable = secrets.find(({ state }) => state === 'unreadable');
  if (unreadable !== undefined) return advise('secret-unreadable', { secret: unreadable.name, host });
  const [other] = secrets;
  if (other !== undefined && covering === undefined)
    return other.hosts.length === 0
      ? advise('secret-for-none', { secret: other.name, host })
      : advise('secret-for-others', { secret: other.name, hosts: other.hosts.join(', '), host });
  return advise('no-secret', { host });
}

/** For the records; the accounts themselves are nobody's business. */
export function factsSummary({ host, secrets, answers }: PullFacts): JsonObject {
  return {
    host,
    answers: { ...answers },
    pullSecrets: secrets.map(({ name, state, hosts }) => ({ name, state, hosts })),
  };
}
