import type { CancelReceipt } from '../../runs/cancel-run.ts';
import { runOfIdentity } from '../../store/run-of-identity.ts';
import type { RunRow } from '../../store/runs.ts';
import { callerOf } from '../access.ts';
import type { HttpDependencies, RepeatReceipt } from '../dependencies.ts';
import { assertMayContinue } from '../may-roll-back.ts';
import { HttpProblem, notFound } from '../problem.ts';
import { identityOf, keyHeaders } from '../repeated-request.ts';
import { resolveRun } from '../run-reference.ts';
import { cancelBody, runParams, runSummarySchema } from '../schemas/run.ts';
import { mistakeOf } from '../unknown-names.ts';
import { runSummary } from '../views/run-view.ts';
import type { ZodApp } from '../zod-app.ts';

export function runActionRoutes(app: ZodApp, dependencies: HttpDependencies): void {
  cancelRoute(app, dependencies);
  repeatRoute(app, dependencies, {
    act: 'retry',
    summary: 'Continue an ended run from its failed steps, as a new run of the same pipeline file',
    repeat: dependencies.retryRun,
  });
  repeatRoute(app, dependencies, {
    act: 'rerun',
    summary: 'Run the same revision again from the start, with the pipeline file of today',
    repeat: dependencies.rerunRun,
  });
}

function cancelRoute(app: ZodApp, { db, requestCancel }: HttpDependencies): void {
  app.post(
    '/api/v1/runs/:id/cancel',
    {
      config: { access: { scope: 'run', audit: 'run.cancel', reach: 'run' } },
      schema: {
        operationId: 'cancelRun',
        summary: 'Ask that a run be cancelled; its worker acts within 3 s',
        tags: ['runs'],
        params: runParams,
        body: cancelBody,
        response: { 202: runSummarySchema },
      },
    },
    async (request, reply) => {
      const run = await resolveRun(db, request.params.id);
      const by = callerOf(request).name;
      const answer = await requestCancel({ runId: run.id, by, rollout: request.body.rollout });
      if (answer === 'not-found') throw notFound('run', request.params.id);
      if (answer === 'already-ended') throw alreadyEnded(run);
      if (answer !== 'requested') throw cancelledOtherwise(run, answer);
      return reply.code(202).send(runSummary(await resolveRun(db, run.id)));
    },
  );
}

interface RepeatAct {
  act: 'retry' | 'rerun';
  summary: string;
  repeat(wish: { runId: string; by: string; identity: string | null }): Promise<RepeatReceipt>;
}

function repeatRoute(
  app: ZodApp,
  { db, config: { environments }, catalogue }: HttpDependencies,
  { act, summary, repeat }: RepeatAct,
): void {
  app.post(
    `/api/v1/runs/:id/${act}`,
    {
      config: { access: { scope: 'run', audit: `run.${act}`, reach: 'run' } },
      schema: {
        operationId: `${act}Run`,
        summary,
        tags: ['runs'],
        params: runParams,
        headers: keyHeaders,
        response: {
          200: runSummarySchema.describe('The run that this Idempotency-Key made before'),
          201: runSummarySchema,
        },
      },
    },
    async (request, reply) => {
      const run = await resolveRun(db, request.params.id);
      if (act === 'retry') assertMayContinue(callerOf(request), { environments, run });
      const identity = identityOf(request, act, run.id);
      const known = await runOfIdentity(db, identity);
      if (known !== undefined) return reply.code(200).send(runSummary(await resolveRun(db, known)));
      const receipt = await repeat({ runId: run.id, by: callerOf(request).name, identity });
      if ('refused' in receipt) {
        const mistake = mistakeOf(catalogue, run.pipeline);
        throw repeatRefused(run, act, { refusal: receipt.refused, mistake });
      }
      const made = await resolveRun(db, receipt.runId);
      return reply.code(201).header('location', `/api/v1/runs/${made.id}`).send(runSummary(made));
    },
  );
}

function alreadyEnded(run: RunRow): HttpProblem {
  return new HttpProblem({
    status: 409,
    code: 'run-already-ended',
    detail: `${nameOf(run)} cannot be cancelled: it has ended already.`,
    hint: 'Look at it with "trunkline show".',
  });
}

function cancelledOtherwise(
  run: RunRow,
  { askedBy, rollout }: Extract<CancelReceipt, { askedBy: string }>,
): HttpProblem {
  const what = rollout === 'leave' ? 'left as it is' : 'rolled back';
  return new HttpProblem({
    status: 409,
    code: 'run-being-cancelled',
    detail: `${nameOf(run)} is being cancelled already, by ${askedBy}: what it has begun to roll out is ${what}.`,
    hint: 'The first wish counts; look at what has become of it with "trunkline show".',
  });
}

type Refusal = Extract<RepeatReceipt, { refused: string }>['refused'];

/** @param refused.mistake what today's file of its pipeline has */
function repeatRefused(
  run: RunRow,
  act: RepeatAct['act'],
  { refusal, mistake }: { refusal: Refusal; mistake: string | undefined },
): HttpProblem {
  if (refusal === 'not-found') return notFound('run', run.id);
  const isMistaken = refusal === 'no-pipeline' && mistake !== undefined;
  const { code, why, hint } = isMistaken ? mistaken(mistake) : refusals[refusal];
  return new HttpProblem({ status: 409, code, detail: `Cannot ${act} ${nameOf(run)}: ${why}.`, hint });
}

function mistaken(mistake: string): { code: string; why: string; hint: string } {
  const hint = `${mistake} Or use "retry", which keeps the file of that time.`;
  return { code: 'pipeline-gone', why: 'the file of its pipeline cannot be used today', hint };
}

const refusals: Record<Exclude<Refusal, 'not-found'>, { code: string; why: string; hint: string }> = {
  'not-ended': { code: 'run-not-ended', why: 'it has not ended', hint: 'Wait for its end, or cancel it.' },
  'nothing-failed': {
    code: 'run-succeeded',
    why: 'none of its steps failed',
    hint: 'Use "rerun" to run it again from the start.',
  },
  'other-parameters': {
    code: 'run-refused',
    why: 'its pipeline takes other parameters today',
    hint: 'Ask for a new run with those of today, or use "retry", which keeps the file of that time.',
  },
  'no-pipeline': {
    code: 'pipeline-gone',
    why: 'its pipeline is no longer known to this server',
    hint: 'Put the pipeline file back, or use "retry", which keeps the file of that time.',
  },
};

function nameOf(run: RunRow): string {
  return `${run.pipeline} #${run.number}`;
}
