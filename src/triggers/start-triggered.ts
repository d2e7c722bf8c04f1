import { z } from 'zod';
import { resolveParameters } from '../domain/parameters.ts';
import type { Pipeline } from '../domain/pipeline.ts';
import { startRefusal } from '../domain/start-grant.ts';
import { makersOnward } from '../domain/told-onward.ts';
import { closeEvent } from '../store/events.ts';
import { type RunRow, readRun } from '../store/runs.ts';
import type { StartEvent } from '../store/start-events.ts';
import { isStepOpen, pipelinesAbove } from '../store/triggered-runs.ts';
import type { RequestRunDependencies } from './request-run.ts';
import { placeOfRun, startAt, startRun } from './start-run.ts';
import type { CatalogueEntry } from './watch.ts';

/** As `TriggeredBody` of a trigger step. */
export const triggeredBody = z.object({
  pipeline: z.string(),
  triggeredBy: z.object({ run: z.string(), step: z.string(), pipeline: z.string(), number: z.int() }),
  parameters: z.record(z.string(), z.json()),
});
type Triggered = z.output<typeof triggeredBody>;

/** Makes the run that a trigger step wants, once; what keeps it from being made is the reason of that step. */
export async function startTriggered(
  dependencies: RequestRunDependencies,
  { event, wish }: { event: StartEvent; wish: Triggered },
  signal: AbortSignal,
): Promise<void> {
  const { db } = dependencies;
  const { triggeredBy } = wish;
  const refuse = (why: string) => closeEvent(db, event.id, why);
  const parent = await readRun(db, triggeredBy.run);
  if (parent === undefined || !(await isStepOpen(db, triggeredBy)))
    return refuse('the step that wanted it has ended meanwhile');
  const entry = dependencies.findPipeline(wish.pipeline);
  if (entry === undefined) return refuse(`there is no pipeline ${wish.pipeline}`);
  const above = await pipelinesAbove(db, parent.id);
  if (above.includes(entry.name)) {
    const ring = [...above.slice(0, above.indexOf(entry.name) + 1).toReversed(), entry.name];
    return refuse(`pipelines would start each other without end: ${ring.join(' -> ')}`);
  }
  const why = refusalOf(parent, { entry, today: dependencies.findPipeline(parent.pipeline) });
  if (why !== null) return refuse(why);
  const resolved = resolveParameters(entry.pipeline.parameters ?? [], wish.parameters);
  if ('problems' in resolved) return refuse(resolved.problems.join('; '));
  const start = {
    pipeline: entry,
    identity: event.delivery_key,
    trigger: 'pipeline',
    requestedBy: `${parent.pipeline} #${parent.number}`,
    parameters: resolved.values,
    upstreamId: parent.id,
    eventId: event.id,
  } as const;
  if (parent.repository !== entry.pipeline.source.repository) {
    await startRun(
      dependencies,
      { ...start, told: makersOnward(parent), branch: null, revision: null },
      signal,
    );
    return;
  }
  await startAt(dependencies, start, async () => placeOfRun(parent));
}

function refusalOf(
  parent: RunRow,
  { entry, today }: { entry: CatalogueEntry; today: CatalogueEntry | undefined },
): string | null {
  const { repository, branch, told } = parent;
  const isBeside = repository === entry.pipeline.source.repository;
  return startRefusal({
    starter: {
      name: parent.pipeline,
      began: parent.definition as unknown as Pipeline,
      today: today?.pipeline,
    },
    started: entry.pipeline,
    place: isBeside ? { branch, target: told.request?.target } : null,
  });
}
