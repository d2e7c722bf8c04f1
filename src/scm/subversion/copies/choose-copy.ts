import { z } from 'zod';

/** Whose tree is wanted. */
export interface CopyWish {
  /** Its name in the config. */
  repository: string;
  /** Its URL, canonical. */
  root: string;
  /** Copies of an earlier one are of a repository that is no more. */
  generation: number;
  branch: string;
  /** The folder below the branch. */
  path: string;
}

const copyRecord = z.strictObject({
  id: z.uuid(),
  repository: z.string(),
  root: z.string(),
  generation: z.number(),
  branch: z.string(),
  path: z.string(),
  /** Whether its last user left it in good order. */
  isSettled: z.boolean(),
  /** On the disk; 0 until it was fit for use for the first time. */
  bytes: z.number(),
  uses: z.number(),
  /** Milliseconds since 1970. */
  usedAt: z.number(),
});
/** What is known of one working copy. */
export type CopyRecord = z.infer<typeof copyRecord>;

/** undefined for a text that is no record, such as that of another version. */
export function parseRecord(text: string): CopyRecord | undefined {
  try {
    return copyRecord.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}

export type CopyChoice = { kind: 'reuse'; record: CopyRecord } | { kind: 'make' | 'none' };

/** From then on another branch may have the copy: what differs between two branches is less than all of one. */
const ownForMs = 60 * 60_000;

/** Of one branch: where several pipelines build the same commit, a second run need not fetch all of it. */
const mostOfBranch = 2;

/**
 * A copy of the branch's own, of two free ones that which was used last, so that the other goes when it is not needed; else
 * one that has served another branch and had nothing to do for an hour; else a new one. None while two of the branch are in
 * somebody's hands.
 */
export function chooseCopy(
  records: readonly CopyRecord[],
  wish: CopyWish,
  { held, now }: { held: ReadonlySet<string>; now: number },
): CopyChoice {
  const there = records.filter(
    ({ repository, root, generation, path }) =>
      repository === wish.repository &&
      root === wish.root &&
      generation === wish.generation &&
      path === wish.path,
  );
  const own = there.filter(({ branch }) => branch === wish.branch).toSorted((a, b) => b.usedAt - a.usedAt);
  const free = own.find(({ id }) => !held.has(id));
  if (free !== undefined) return { kind: 'reuse', record: free };
  if (own.length >= mostOfBranch) return { kind: 'none' };
  const [idle] = there
    .filter(({ id, usedAt }) => !held.has(id) && now - usedAt > ownForMs)
    .toSorted((a, b) => a.usedAt - b.usedAt);
  return idle === undefined ? { kind: 'make' } : { kind: 'reuse', record: idle };
}

export interface CopyLimits {
  keepMs: number;
  mostBytes: number;
  now: number;
  held: ReadonlySet<string>;
}

/** Those of earlier generations, those that nobody has used for long, and the longest unused ones of too many. */
export function copiesToDrop(
  records: readonly CopyRecord[],
  { keepMs, mostBytes, now, held }: CopyLimits,
): CopyRecord[] {
  const newest = new Map<string, number>();
  for (const { repository, generation } of records)
    newest.set(repository, Math.max(generation, newest.get(repository) ?? generation));
  const isOver = ({ repository, generation, usedAt }: CopyRecord) =>
    generation < (newest.get(repository) ?? generation) || now - usedAt > keepMs;
  let bytes = records.reduce((sum, record) => sum + (isOver(record) ? 0 : record.bytes), 0);
  const dropped: CopyRecord[] = [];
  for (const record of records.toSorted((a, b) => a.usedAt - b.usedAt)) {
    if (held.has(record.id)) continue;
    if (!isOver(record) && bytes <= mostBytes) continue;
    if (!isOver(record)) bytes -= record.bytes;
    dropped.push(record);
  }
  return dropped;
}
