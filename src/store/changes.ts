import { type Selectable, sql } from 'kysely';
import type { Change } from '../domain/change.ts';
import type { MergeRequest } from '../domain/merge-request.ts';
import type { ChangeTable, DecisionTable } from './change-tables.ts';
import type { Db } from './database.ts';

export type ChangeRow = Selectable<ChangeTable>;
export type DecisionRow = Selectable<DecisionTable>;
export interface NewDecision
  extends Pick<DecisionRow, 'change_id' | 'pipeline' | 'verdict' | 'filters' | 'run_id'> {
  collapsed_into?: string | null;
  branch_of_use?: string;
  /** Of `wait`: how long from now on. */
  wait_ms?: number;
}

/** How many of a change's paths are kept. */
export const keptPaths = 1000;

export interface NewChange extends Change {
  id: string;
  /** How many paths there were; `paths` has the first of them. */
  pathCount: number;
  eventId: string | null;
}

/** Stores changes in one statement, whatever their number. Within the caller's transaction. */
export async function insertChanges(tx: Db, changes: readonly NewChange[]): Promise<void> {
  if (changes.length === 0) return;
  const rows = changes.map((change) => ({
    id: change.id,
    repository: change.repository,
    generation: change.generation,
    branch: change.branch,
    move: change.move,
    revision: change.revision,
    author: change.author,
    committed_at: change.committedAt,
    message: change.message,
    paths: change.paths.slice(0, keptPaths),
    path_count: change.pathCount,
    request: change.request ?? null,
    gitlab: change.gitlab ?? null,
    happened: change.happened ?? null,
    renamed: change.renamed ?? null,
    is_replaced: change.isReplaced ?? null,
    properties: change.properties ?? null,
    tag_object: change.tagObject ?? null,
    event_id: change.eventId,
  }));
  await sql`
    insert into change (id, repository, generation, branch, move, revision, author, committed_at, message, paths,
      path_count, request, gitlab, happened, renamed, is_replaced, properties, tag_object, event_id)
    select id, repository, generation, branch, move, revision, author, committed_at, message, paths,
      path_count, request, gitlab, happened, renamed, is_replaced, properties, tag_object, event_id
    from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as given (id text, repository text, generation int,
      branch text, move bigint, revision text, author text, committed_at timestamptz, message text, paths jsonb,
      path_count int, request jsonb, gitlab jsonb, happened text, renamed jsonb,
      is_replaced boolean, properties jsonb, tag_object text,
      event_id text)`.execute(tx);
}

/** What is stored of one move of one branch: the commit itself, and what else was told of it. */
export function changesOfMove(db: Db, change: Pick<Change, 'repository' | 'generation' | 'branch' | 'move'>) {
  return db
    .selectFrom('change')
    .where('repository', '=', change.repository)
    .where('generation', '=', change.generation)
    .where('branch', '=', change.branch)
    .where('move', '=', change.move);
}

/** What a revision of Subversion did to each branch. */
export async function changesAt(
  db: Db,
  { repository, generation, move }: Pick<Change, 'repository' | 'generation' | 'move'>,
): Promise<ChangeRow[]> {
  return db
    .selectFrom('change')
    .selectAll()
    .where('repository', '=', repository)
    .where('generation', '=', generation)
    .where('move', '=', move)
    .execute();
}

/** Whether this commit of a merge request into this branch, or this end of GitLab's pipelines for the commit, has been decided on. */
export async function findToldChange(db: Db, change: Change): Promise<boolean> {
  const { request, gitlab } = change;
  const row = await changesOfMove(db, change)
    .select('id')
    .where('revision', '=', change.revision)
    .where(sql<string>`request ->> 'number'`, 'is not distinct from', request ? String(request.number) : null)
    .where(sql<string>`request ->> 'target'`, 'is not distinct from', request?.target ?? null)
    .where(sql<string>`gitlab ->> 'status'`, 'is not distinct from', gitlab?.status ?? null)
    .executeTakeFirst();
  return row !== undefined;
}

/** Stores decisions in one statement, whatever their number. Within the caller's transaction. */
export async function insertDecisions(tx: Db, decisions: readonly NewDecision[]): Promise<void> {
  if (decisions.length === 0) return;
  await sql`
    insert into decision (change_id, pipeline, verdict, filters, run_id, collapsed_into, branch_of_use,
      wait_until)
    select change_id, pipeline, verdict, filters, run_id, collapsed_into, coalesce(branch_of_use, ''),
      clock_timestamp() + wait_ms * interval '1 millisecond'
    from jsonb_to_recordset(${JSON.stringify(decisions)}::jsonb) as given (change_id text, pipeline text,
      verdict text, filters jsonb, run_id text, collapsed_into text, branch_of_use text, wait_ms bigint)`.execute(
    tx,
  );
}

/** What an event tells of: a branch at a revision (null: any branch), or a merge request or a pipeline of GitLab with that newest commit. */
export interface Announced {
  revision: string;
  branch: string | null;
  request: Pick<MergeRequest, 'number' | 'target'> | null;
  /** How that pipeline ended: of several that ended alike, one counts. */
  gitlab: string | null;
  /** Of a push: whether it deleted the branch, whose last revision this is then; null: either. */
  isDeletion: boolean | null;
}

/** The changes that an event found, and those that it announced, which another may have found, oldest first. */
export async function changesOfEvent(
  db: Db,
  event: { id: string; repository: string | null; announced: Announced | null },
): Promise<ChangeRow[]> {
  const { repository, announced } = event;
  const textIn = (column: 'request' | 'gitlab', key: string) =>
    sql<string | null>`${sql.ref(column)} ->> ${key}`;
  return db
    .selectFrom('change')
    .selectAll()
    .where((where) => {
      const found = where('event_id', '=', event.id);
      if (announced === null) return found;
      const { revision, branch, request, gitlab, isDeletion } = announced;
      const told = where.and([
        where('repository', '=', repository),
        where.or([where('revision', '=', revision), where('tag_object', '=', revision)]),
        where(textIn('request', 'number'), 'is not distinct from', request ? String(request.number) : null),
        where(textIn('request', 'target'), 'is not distinct from', request?.target ?? null),
        where(textIn('gitlab', 'status'), 'is not distinct from', gitlab),
        ...(branch === null ? [] : [where('branch', '=', branch)]),
        ...(isDeletion === null
          ? []
          : [where('happened', isDeletion ? '=' : 'is distinct from', 'deleted' as const)]),
      ]);
      return where.or([found, told]);
    })
    .orderBy('generation')
    .orderBy('move')
    .orderBy('branch')
    .execute();
}

/** Those of some revisions, of one at least, that a branch was seen to be at. */
export async function reachedRevisions(
  db: Db,
  { repository, branch, revisions }: { repository: string; branch: string; revisions: readonly string[] },
): Promise<ReadonlySet<string>> {
  const rows = await db
    .selectFrom('change')
    .select(['revision', 'tag_object'])
    .where('repository', '=', repository)
    .where('branch', '=', branch)
    .where('request', 'is', null)
    .where('gitlab', 'is', null)
    .where((where) => where.or([where('revision', 'in', revisions), where('tag_object', 'in', revisions)]))
    .execute();
  return new Set(rows.map(({ revision, tag_object: tag }) => tag ?? revision));
}

export async function decisionsOfChanges(db: Db, changeIds: readonly string[]): Promise<DecisionRow[]> {
  if (changeIds.length === 0) return [];
  return db
    .selectFrom('decision')
    .selectAll()
    .where('change_id', 'in', [...changeIds])
    .orderBy('pipeline')
    .execute();
}

/** The branches below some folders that were there when something was seen of them last. */
export async function livingBranches(
  db: Db,
  { repository, generation }: Pick<ChangeRow, 'repository' | 'generation'>,
  folders: readonly string[],
): Promise<string[]> {
  const rows = await db
    .selectFrom('change')
    .distinctOn('branch')
    .select(['branch', 'happened'])
    .where('repository', '=', repository)
    .where('generation', '=', generation)
    .where('request', 'is', null)
    .where('gitlab', 'is', null)
    .where((where) => where.or(folders.map((folder) => sql<boolean>`starts_with(branch, ${`${folder}/`})`)))
    .orderBy('branch')
    .orderBy('move', 'desc')
    .execute();
  return rows.flatMap(({ branch, happened }) => (happened === 'deleted' ? [] : [branch]));
}

/** When the revisions of Subversion in a range were committed, by number; one that is not on record, or has no date, is missing. */
export async function revisionDates(
  db: Db,
  range: { repository: string; from: number; to: number },
): Promise<Map<string, Date[]>> {
  const rows = await db
    .selectFrom('change')
    .select(['revision', 'committed_at'])
    .distinct()
    .where('repository', '=', range.repository)
    .where('move', '>=', range.from)
    .where('move', '<=', range.to)
    .execute();
  const dates = new Map<string, Date[]>();
  for (const { revision, committed_at: at } of rows)
    if (at !== null) dates.set(revision, [...(dates.get(revision) ?? []), at]);
  return dates;
}
