import type { z } from 'zod';
import type { CatalogueEntry, PipelineCatalogue } from '../../config/pipeline-catalogue.ts';
import { SharedLooks } from '../../logs/shared-looks.ts';
import type { Db } from '../../store/database.ts';
import { recentRuns, recentVersions } from '../../store/list-runs.ts';
import { type PipelineView, type pipelineListSchema, pipelineSchema } from '../schemas/pipeline.ts';
import { writtenOnce } from '../written-once.ts';
import { pipelineView, stripLength } from './pipeline-view.ts';

interface KeptView {
  entry: CatalogueEntry;
  /** Of the rows of its newest runs, as they were when it was made or before. */
  version: string | null;
  view: PipelineView;
}

/**
 * The views of all pipelines. Every open page asks for them again when a run begins or ends: those that ask at once share
 * the look, and only where a newest run or the file is another one than at the last look a view is made again.
 */
export function keepPipelineViews(db: Db, catalogue: PipelineCatalogue): () => Promise<PipelineView[]> {
  const looks = new SharedLooks<PipelineView[]>();
  let kept = new Map<string, KeptView>();

  async function look(): Promise<PipelineView[]> {
    const entries = catalogue.list();
    const versions = await recentVersions(
      db,
      entries.map(({ name }) => name),
      stripLength,
    );
    const changed = entries.filter((entry) => !isStill(kept.get(entry.name), entry, versions));
    const recent = await recentRuns(
      db,
      changed.map(({ name }) => name),
      stripLength,
    );
    const made = changed.map((entry): [string, KeptView] => {
      const version = versions.get(entry.name) ?? null;
      return [entry.name, { entry, version, view: pipelineView(entry, recent.get(entry.name)) }];
    });
    const known = new Map([...kept, ...made]);
    const all = entries.flatMap(({ name }) => known.get(name) ?? []);
    kept = new Map(all.map((one) => [one.entry.name, one]));
    return all.map(({ view }) => view);
  }

  return () => looks.ask('', look);
}

function isStill(
  kept: KeptView | undefined,
  entry: CatalogueEntry,
  versions: ReadonlyMap<string, string | null>,
): boolean {
  if (kept?.entry !== entry || kept.version !== (versions.get(entry.name) ?? null)) return false;
  const next = kept.view.schedule?.next ?? null;
  return next === null || Date.parse(next) > Date.now();
}

/** Writes the list of pipelines as its schema has it, each view once. */
export function pipelineListWriter(): (list: z.output<typeof pipelineListSchema>) => string {
  const textOf = writtenOnce(pipelineSchema);
  return ({ items, problems }) =>
    `{"items":[${items.map(textOf).join()}],"problems":${JSON.stringify(problems)}}`;
}
