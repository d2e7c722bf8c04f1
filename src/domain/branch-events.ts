import type { Change } from './change.ts';
import { skipVerdicts } from './commit-filters.ts';
import type { FilterVerdict } from './decision.ts';
import { pathFilter } from './path-filter.ts';
import type { Pipeline } from './pipeline.ts';
import type { BranchTrigger, TagTrigger } from './triggers.ts';

/** What may happen to a branch as a whole. One that is replaced, or comes back after it was deleted, is created: another one. */
export const branchEvents = ['created', 'deleted'] as const;
export type BranchEvent = (typeof branchEvents)[number];

/** What a pipeline may wait for: also how a branch was created. */
export const branchCases = [...branchEvents, 'renamed', 'replaced'] as const;
export type BranchCase = (typeof branchCases)[number];

type Happened = Pick<
  Change,
  'branch' | 'happened' | 'renamed' | 'isReplaced' | 'tag' | 'isMovedTag' | 'message' | 'ciRun' | 'pushOption'
>;

/** What a pipeline that wants branches made or deleted asks of a change. */
export function branchVerdicts(trigger: BranchTrigger, change: Happened): FilterVerdict[] {
  const { tag, branch } = change;
  const isWanted = tag === undefined && casesOf(change).some((one) => trigger.events.includes(one));
  return [
    {
      filter: 'event',
      expected: trigger.events.map((event) => `branch ${event}`).join(', '),
      actual: happenedText(change),
      passed: isWanted,
    },
    {
      filter: 'branches',
      expected: trigger.branches.join(', '),
      actual: branch,
      passed: pathFilter(trigger.branches).matches(branch),
    },
    ...skipVerdicts(change),
  ];
}

/** What a pipeline that wants tags asks of a change. */
export function tagVerdicts(trigger: TagTrigger, change: Happened): FilterVerdict[] {
  const { tag } = change;
  return [
    { filter: 'event', expected: 'tag created', actual: happenedText(change), passed: isTagged(change) },
    {
      filter: 'tags',
      expected: trigger.tags.join(', '),
      actual: tag ?? 'no tag',
      passed: tag !== undefined && pathFilter(trigger.tags).matches(tag),
    },
    ...skipVerdicts(change),
  ];
}

function casesOf({ happened, renamed, isReplaced }: Happened): BranchCase[] {
  if (happened !== 'created') return happened === undefined ? [] : [happened];
  return [
    happened,
    ...(renamed === undefined ? [] : ['renamed' as const]),
    ...(isReplaced === true ? ['replaced' as const] : []),
  ];
}

/** In words: `branch created, renamed from branches/x`, `tag moved`, `commit`. */
function happenedText(change: Happened): string {
  const { happened, tag, isMovedTag } = change;
  if (isMovedTag === true) return 'tag moved';
  if (happened === undefined) return 'commit';
  return [`${tag === undefined ? 'branch' : 'tag'} ${happened}`, ...turnTexts({ ...change, happened })].join(
    ', ',
  );
}

/** How a branch was created, and where a deleted one has gone, in words; nothing where there is no more to say. */
export function turnTexts({
  happened,
  renamed,
  isReplaced,
}: {
  happened: BranchEvent;
  renamed?: Change['renamed'] | null;
  isReplaced?: boolean | undefined;
}): string[] {
  return [
    ...(isReplaced === true ? ['in the place of another'] : []),
    ...(renamed == null
      ? []
      : [happened === 'created' ? `renamed from ${renamed.from}` : `renamed to ${renamed.to}`]),
  ];
}

/** Whether a tag now names what it did not name before; a commit into the folder of a tag is none of that. */
function isTagged({ happened, tag, isMovedTag }: Happened): boolean {
  return tag !== undefined && (happened === 'created' || isMovedTag === true);
}

/**
 * The name of a tag of Subversion: what follows `tags/`, after the project where there are several: `v1`, `shop/v1`.
 * @returns undefined for what is no tag
 */
export function subversionTag(branch: string): string | undefined {
  const [, project = '', name] = /^(.+\/)?tags\/(.+)$/.exec(branch) ?? [];
  return name === undefined ? undefined : `${project}${name}`;
}

/** The same of Git, where branches have names of their own beside those of tags. */
export function gitTag(branch: string): string | undefined {
  return /^tags\/(.+)$/.exec(branch)?.[1];
}

/** Whether a pipeline wants branches or tags that are made. */
export function wantsNewBranches({ on }: Pipeline): boolean {
  return on.branch?.events.some((one) => one !== 'deleted') === true || on.tag !== null;
}
