import type { EventSummaryRow } from '../../store/list-events.ts';
import type { EventExplanation } from '../../triggers/explain-event.ts';
import type { EventSummary, EventView } from '../schemas/event.ts';
import { iso } from '../schemas/shared.ts';

export function eventSummary(row: EventSummaryRow): EventSummary {
  return {
    id: row.id,
    source: row.source,
    repository: row.repository,
    revision: row.revision,
    state: row.state,
    error: row.error,
    attempts: row.attempts,
    remote: row.remote,
    receivedAt: iso(row.received_at),
    handledAt: iso(row.handled_at),
  };
}

/** Shows an event with what every pipeline that its reader `sees` made of each change that it brought. */
export function eventView(
  { event, changes, goneOn }: EventExplanation,
  sees: (pipeline: string) => boolean,
): EventView {
  return {
    ...eventSummary(event),
    body: event.body,
    payload: event.payload,
    changes: changes.map((change) => changeView(change, sees)),
    goneOn,
  };
}

function changeView(
  change: EventExplanation['changes'][number],
  sees: (pipeline: string) => boolean,
): EventView['changes'][number] {
  return {
    branch: change.branch,
    revision: change.revision,
    happened: change.happened,
    renamed: change.renamed,
    isReplaced: change.is_replaced === true,
    revisionProperties: change.properties ?? {},
    mergeRequest: change.request,
    gitlabPipeline: change.gitlab,
    author: change.author,
    message: change.message,
    paths: change.paths.map(({ path }) => path),
    pathCount: change.path_count,
    decisions: change.decisions
      .filter(({ pipeline }) => sees(pipeline))
      .map((decision) => ({
        pipeline: decision.pipeline,
        verdict: decision.verdict,
        waitUntil: iso(decision.wait_until),
        runId: decision.run_id,
        collapsedInto: decision.collapsed_into,
        filters: decision.filters,
      })),
  };
}
