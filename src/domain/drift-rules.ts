import type { ObjectDrift } from './drift.ts';

/** What is no drift. At least one of both is given. */
export interface IgnoredDrift {
  /** `deployment/cart`, `*` for any text; null: every object. */
  object: string | null;
  /** `spec.template.metadata.annotations[*]`, with all that is below; null: the object as a whole. */
  path: string | null;
}

export interface DriftRules {
  /** `correct`: what was deployed is rolled out again. */
  mode: 'warn' | 'correct';
  ignore: readonly IgnoredDrift[];
}

/** Without what an environment does not want to hear about. */
export function withoutIgnored(
  drifts: readonly ObjectDrift[],
  ignore: readonly IgnoredDrift[],
): ObjectDrift[] {
  return drifts.flatMap((drift) => {
    const rules = ignore.filter(({ object }) => object === null || matches(object, drift.object));
    if (rules.some(({ path }) => path === null)) return [];
    const isLeft = ({ path }: { path: string }) => !rules.some((rule) => isBelow(rule.path ?? '', path));
    const fields = drift.fields.filter(isLeft);
    const isNothing = drift.state === 'changed' && fields.length === 0;
    return isNothing ? [] : [{ ...drift, fields }];
  });
}

/**
 * Whether deploying the same again brings it back. What somebody has added beside it stays, values of Secrets are not
 * on record, and what could not be read may be anything.
 */
export function isCorrectable({ object, state, fields }: ObjectDrift): boolean {
  if (state === 'unread' || object.startsWith('secret/')) return false;
  return state !== 'changed' || fields.some(({ applied }) => applied !== null);
}

/** The same field, or one below it: `spec.ports` has `spec.ports[http].port`. */
function isBelow(pattern: string, path: string): boolean {
  return new RegExp(`^${textOf(pattern)}($|[.[])`, 's').test(path);
}

function matches(pattern: string, text: string): boolean {
  return new RegExp(`^${textOf(pattern)}$`, 's').test(text);
}

function textOf(pattern: string): string {
  return pattern.split('*').map(RegExp.escape).join('.*');
}
