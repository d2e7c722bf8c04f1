import { suggest } from '../../domain/suggestion.ts';
import { at, listOf, textOf } from '../json-reading.ts';
import type { Api } from './api.ts';
import type { KindName } from './resource-paths.ts';

const longestMs = 5_000;

/** The kinds of a group and version; none where the cluster has no such version. */
export type ReadKinds = (apiVersion: string, signal: AbortSignal) => Promise<readonly string[]>;

/** What may be meant by a kind that the cluster does not know in the version that a manifest says; one line. */
export async function whatIsMeant(
  { api, readKinds }: { api: Api; readKinds: ReadKinds },
  { apiVersion, kind }: KindName,
  signal: AbortSignal,
): Promise<string> {
  const limited = AbortSignal.any([signal, AbortSignal.timeout(longestMs)]);
  const here = await readKinds(apiVersion, signal);
  // An API that somebody else serves may be away: then it is not told.
  const versions = await versionsToTry(api, groupOf(apiVersion), limited).catch(() => []);
  const kinds = await Promise.all(
    versions.map((version) => readKinds(version, limited).catch((): string[] => [])),
  );
  signal.throwIfAborted();
  const having = versions.filter((_, index) => kinds[index]?.includes(kind));
  const own = having.filter((version) => groupOf(version) === groupOf(apiVersion));
  const best = own.length > 0 ? own : having;
  if (best.length > 0) return `it has it as ${best.join(', ')}`;
  const near = suggest(kind, here);
  if (near?.startsWith('did you mean')) return near;
  if (here.length === 0 && isCustom(groupOf(apiVersion)))
    return `is its CustomResourceDefinition (of ${groupOf(apiVersion)}) installed there?`;
  return `kubectl api-resources lists what it has`;
}

/** Of the group itself all, of Kubernetes' own groups the preferred one: what others have added may be hundreds. */
async function versionsToTry(api: Api, group: string, signal: AbortSignal): Promise<string[]> {
  const groups = listOf(at(await api.call({ path: '/apis' }, signal), 'groups'));
  return [
    'v1',
    ...groups.flatMap(({ name, versions, preferredVersion }) => {
      if (name === group) return listOf(versions).map(({ groupVersion }) => textOf(groupVersion));
      return isCustom(textOf(name)) ? [] : [textOf(at(preferredVersion, 'groupVersion'))];
    }),
  ];
}

function isCustom(group: string): boolean {
  return group.includes('.') && !group.endsWith('.k8s.io');
}

function groupOf(apiVersion: string): string {
  return apiVersion.includes('/') ? (apiVersion.split('/')[0] ?? '') : '';
}
