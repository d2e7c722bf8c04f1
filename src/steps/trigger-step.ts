import { randomUUID } from 'node:crypto';
import type { JsonObject } from '../domain/json.ts';
import type { Outcome } from '../domain/outcome.ts';
import type { TriggerStep } from '../domain/pipeline.ts';
import { expandTemplate } from '../domain/template.ts';
import { readClock } from '../store/clock-put-back.ts';
import type { Db } from '../store/database.ts';
import { storeEvent } from '../store/events.ts';
import { readTriggered } from '../store/triggered-runs.ts';
import type { StepContext, StepHandler, StepResult, StepWait } from './step-handler.ts';
import { templateValuesOf } from './template-values.ts';

/** What makes the run that the step starts the same one for every worker that has the step in hand. */
interface TriggerJournal extends JsonObject {
  key: string;
  /** ISO 8601, by the clock of the database. */
  until: string;
}

/** What the event of a trigger step says; `triggers/start-triggered.ts` makes the run. */
export interface TriggeredBody extends JsonObject {
  pipeline: string;
  triggeredBy: { run: string; step: string; pipeline: string; number: number };
  parameters: JsonObject;
}

/** The news of the other run wakes this one; this is for news that got lost. */
const lookAgainMs = 60_000;

/**
 * Starts another pipeline by an event, as everybody else does, and waits for its run without a worker. The key of the event
 * is written down before: a step that is taken over finds the event, or the run, and starts nothing twice.
 */
export function createTriggerStep({ db }: { db: Db }): StepHandler<'trigger'> {
  return {
    async execute(step, context) {
      const now = await readClock(db);
      const journal = await journalOf(step, context, now);
      await context.confirmLease();
      await storeEvent(db, {
        id: randomUUID(),
        source: 'pipeline',
        repository: null,
        deliveryKey: journal.key,
        remote: null,
        headers: {},
        body: bodyOf(step, context),
        revision: null,
        state: 'received',
      });
      const { event, run } = await readTriggered(db, journal.key);
      if (event?.state === 'failed')
        return { outcome: 'failed', reason: `${step.pipeline} was not started: ${event.error ?? 'refused'}` };
      const waits = { until: Date.parse(journal.until), now };
      if (run === undefined) return waiting(waits, step.pipeline);
      return judge(step, { waits, run });
    },
  };
}

async function journalOf(
  step: TriggerStep,
  { journal, run, attempt, log }: StepContext,
  now: number,
): Promise<TriggerJournal> {
  const known = journal.read();
  if (typeof known?.key === 'string' && typeof known.until === 'string') return known as TriggerJournal;
  const made = {
    key: JSON.stringify(['trigger', run.id, step.id, attempt]),
    until: new Date(now + step.timeoutMs).toISOString(),
  };
  await journal.write(made);
  log.line(`starts ${step.pipeline}`);
  return made;
}

function bodyOf(step: TriggerStep, context: StepContext): TriggeredBody {
  const { id, pipeline, number } = context.run;
  const values = templateValuesOf(context);
  const parameters = Object.entries(step.parameters).map(([name, value]) => [
    name,
    typeof value === 'string' ? expandTemplate(value, values) : value,
  ]);
  return {
    pipeline: step.pipeline,
    triggeredBy: { run: id, step: step.id, pipeline, number },
    parameters: Object.fromEntries(parameters),
  };
}

interface TriggeredRun {
  id: string;
  pipeline: string;
  number: number;
  outcome: Outcome | null;
  reason: string | null;
}

function judge(
  step: TriggerStep,
  { waits, run }: { waits: Waits; run: TriggeredRun },
): StepResult | StepWait {
  const name = `${run.pipeline} #${run.number}`;
  const output = { run: run.id, pipeline: run.pipeline, number: run.number };
  if (!step.wait) return { outcome: 'succeeded', output, note: `started ${name}` };
  if (run.outcome === 'succeeded') return { outcome: 'succeeded', output, note: name };
  if (run.outcome !== null) {
    const outcome = run.outcome === 'errored' ? 'failed' : run.outcome;
    return {
      outcome,
      reason: `${name} ${run.outcome}${run.reason === null ? '' : `: ${run.reason}`}`,
      output,
    };
  }
  return waiting(waits, name, output);
}

/** Both by the clock of the database, in milliseconds since 1970. */
interface Waits {
  until: number;
  now: number;
}

function waiting({ until, now }: Waits, what: string, output?: JsonObject): StepResult | StepWait {
  const left = until - now;
  if (left <= 0)
    return { outcome: 'timed-out', reason: `${what} took too long`, ...(output !== undefined && { output }) };
  return {
    outcome: 'waiting',
    until: new Date(now + Math.min(left, lookAgainMs)),
    reason: `waits for ${what}`,
  };
}
