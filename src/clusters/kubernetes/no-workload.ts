import { suggest } from '../../domain/suggestion.ts';
import { type KubeObject, nameOf, workloadKinds } from './objects.ts';

const mostNames = 5;

/** Why a set of objects is nothing to roll out: what it holds instead, and what was probably meant. */
export function noWorkload(objects: readonly KubeObject[]): string {
  if (objects.length === 0) return 'the manifests hold no object at all: there is nothing to roll out';
  const meant = objects.map(whatWasMeant).find((text) => text !== undefined);
  const held = objects.slice(0, mostNames).map(nameOf).join(', ');
  const more = objects.length > mostNames ? ` and ${objects.length - mostNames} more` : '';
  const kinds = workloadKinds.join(', ');
  return `the manifests hold no ${kinds} or CronJob: there is nothing to roll out; ${meant ?? `they hold ${held}${more}`}`;
}

function whatWasMeant(object: KubeObject): string | undefined {
  const { apiVersion, kind } = object;
  const known = workloadKinds.find((workload) => workload.toLowerCase() === kind.toLowerCase());
  if (known !== undefined && known !== kind) return `${nameOf(object)}: its kind is written ${known}`;
  if (known !== undefined) return `${nameOf(object)} says apiVersion ${apiVersion}: a ${kind} is of apps/v1`;
  if (kind === 'ReplicaSet')
    return `${nameOf(object)}: a ReplicaSet cannot be rolled over, write a Deployment`;
  const near = suggest(kind, workloadKinds);
  return near?.startsWith('did you mean') ? `${nameOf(object)}: ${near}` : undefined;
}
