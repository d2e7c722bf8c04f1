import { sql } from 'kysely';
import { type Outcome, outcomes, type RunState } from '../domain/outcome.ts';
import type { TokenLimit } from '../domain/token-limit.ts';
import type { Db } from './database.ts';
import { isAfter, type Page, type PageRequest, pageFrom, positionColumn } from './page.ts';
import type { RunRow } from './runs.ts';

export interface RunFilter {
  pipeline?: string | undefined;
  branch?: string | undefined;
  /** A state, or the outcome of a run that has ended. */
  status?: RunState | Outcome | undefined;
  /** Default: none. */
  limit?: TokenLimit | null;
}

const columns = [
  'id',
  'pipeline',
  'number',
  'repository',
  'branch',
  'revision',
  'author',
  'message',
  'committed_at',
  'trigger',
  'requested_by',
  'state',
  'outcome',
  'reason',
  'runs_on',
  'created_at',
  'started_at',
  'ended_at',
] as const;

/** A run without what only its own page needs: the pipeline's text and definition. */
export type RunSummaryRow = Pick<RunRow, (typeof columns)[number]>;

/** Newest first. */
export async function listRuns(db: Db, filter: RunFilter, page: PageRequest): Promise<Page<RunSummaryRow>> {
  const { pipeline, branch, status, limit } = filter;
  const { after } = page;
  let query = db.selectFrom('run').select([...columns, positionColumn('created_at')]);
  if (pipeline !== undefined) query = query.where('pipeline', '=', pipeline);
  if (limit?.repositories != null) query = query.where(isAmong('repository', limit.repositories));
  if (limit?.pipelines != null) query = query.where(isAmong('pipeline', limit.pipelines));
  if (branch !== undefined) query = query.where('branch', '=', branch);
  if (status !== undefined) {
    query = isOutcome(status) ? query.where('outcome', '=', status) : query.where('state', '=', status);
  }
  if (after !== null) query = query.where(isAfter('created_at', after));
  const rows = await query
    .orderBy('created_at', 'desc')
    .orderBy('id', 'desc')
    .limit(page.limit + 1)
    .execute();
  return pageFrom(rows, page.limit);
}

export async function readRunSummaries(db: Db, runIds: readonly string[]): Promise<RunSummaryRow[]> {
  if (runIds.length === 0) return [];
  return db
    .selectFrom('run')
    .select(columns)
    .where('id', 'in', [...runIds])
    .orderBy('created_at')
    .execute();
}

const tileColumns = ['id', 'pipeline', 'number', 'state', 'outcome', 'started_at', 'ended_at'] as const;

/** A run as one of many in a row. */
export type RunTileRow = Pick<RunRow, (typeof tileColumns)[number]>;

export interface RecentRuns {
  latest: RunSummaryRow;
  /** Newest first. */
  tiles: RunTileRow[];
}

/** The newest runs of each pipeline; one that never ran is missing. The texts are read of the latest alone. */
export async function recentRuns(
  db: Db,
  pipelines: readonly string[],
  limit: number,
): Promise<Map<string, RecentRuns>> {
  if (pipelines.length === 0) return new Map();
  const [latest, tiles] = await Promise.all([
    newestOfEach(db, { pipelines, columns, limit: 1 }),
    newestOfEach(db, { pipelines, columns: tileColumns, limit }),
  ]);
  const byPipeline = Map.groupBy(tiles, ({ pipeline }) => pipeline);
  return new Map(
    latest.map((row) => [row.pipeline, { latest: row, tiles: byPipeline.get(row.pipeline) ?? [] }]),
  );
}

/**
 * What changes whenever one of the newest runs of a pipeline does, or another one is among them: the versions of their rows,
 * of which far less is read than of the rows; null for a pipeline that never ran.
 */
export async function recentVersions(
  db: Db,
  pipelines: readonly string[],
  limit: number,
): Promise<Map<string, string | null>> {
  if (pipelines.length === 0) return new Map();
  const { rows } = await sql<{ name: string; version: string | null }>`
    select wanted.name, (
      select hashtextextended(string_agg(recent.id || recent.version, ','), 0)::text
      from (
        select id, run.xmin::text as version from run where run.pipeline = wanted.name
        order by run.number desc limit ${limit}) as recent) as version
    from unnest(${[...pipelines]}::text[]) as wanted (name)`.execute(db);
  return new Map(rows.map(({ name, version }) => [name, version]));
}

async function newestOfEach<Column extends keyof RunRow>(
  db: Db,
  wish: { pipelines: readonly string[]; columns: readonly Column[]; limit: number },
): Promise<Pick<RunRow, Column>[]> {
  const chosen = sql.join(wish.columns.map((column) => sql.ref(`run.${column}`)));
  const { rows } = await sql<Pick<RunRow, Column>>`
    select recent.* from unnest(${[...wish.pipelines]}::text[]) as wanted (name)
    cross join lateral (
      select ${chosen} from run where run.pipeline = wanted.name
      order by run.number desc limit ${wish.limit}) as recent
    order by recent.pipeline, recent.number desc`.execute(db);
  return rows;
}

/** Finds a run by what people call it; without a number: the newest of the pipeline. */
export async function findRunId(
  db: Db,
  name: { pipeline: string; number: number | null },
): Promise<string | undefined> {
  let query = db.selectFrom('run').select('id').where('pipeline', '=', name.pipeline);
  if (name.number !== null) query = query.where('number', '=', name.number);
  const row = await query.orderBy('number', 'desc').limit(1).executeTakeFirst();
  return row?.id;
}

function isAmong(column: 'repository' | 'pipeline', names: readonly string[]) {
  return sql<boolean>`${sql.ref(column)} = any (${[...names]}::text[])`;
}

function isOutcome(status: RunState | Outcome): status is Outcome {
  return outcomes.some((outcome) => outcome === status);
}
