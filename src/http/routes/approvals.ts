import type { DecisionRefusal } from '../../runs/decide-approval.ts';
import type { RunRow } from '../../store/runs.ts';
import { callerOf } from '../access.ts';
import type { HttpDependencies } from '../dependencies.ts';
import { HttpProblem, notFound } from '../problem.ts';
import { resolveRun } from '../run-reference.ts';
import { approvalParams, decisionBody } from '../schemas/approval.ts';
import { runSummarySchema } from '../schemas/run.ts';
import { runSummary } from '../views/run-view.ts';
import type { ZodApp } from '../zod-app.ts';

export function approvalRoutes(app: ZodApp, dependencies: HttpDependencies): void {
  decisionRoute(app, dependencies, {
    act: 'approve',
    verdict: 'approved',
    summary: 'Approve what a run has made so far; when enough people have, it goes on',
  });
  decisionRoute(app, dependencies, {
    act: 'reject',
    verdict: 'rejected',
    summary: 'Reject what a run has made so far; it ends as rejected',
  });
}

interface DecisionAct {
  act: 'approve' | 'reject';
  verdict: 'approved' | 'rejected';
  summary: string;
}

/** The role is what counts, so a token that may only read is enough. */
function decisionRoute(
  app: ZodApp,
  { db, decideApproval }: HttpDependencies,
  { act, verdict, summary }: DecisionAct,
): void {
  app.post(
    `/api/v1/runs/:id/steps/:step/${act}`,
    {
      config: { access: { scope: 'read', audit: `run.${act}`, reach: 'run' } },
      schema: {
        operationId: `${act}Step`,
        summary,
        description: 'Needs a token with one of the roles that the step names under `by`.',
        tags: ['runs'],
        params: approvalParams,
        body: decisionBody,
        response: { 202: runSummarySchema },
      },
    },
    async (request, reply) => {
      const run = await resolveRun(db, request.params.id);
      const { comment = null, subject = null } = request.body;
      const about = { runId: run.id, stepId: request.params.step };
      const receipt = await decideApproval({ ...about, verdict, by: callerOf(request), comment, subject });
      if ('refused' in receipt) throw decisionRefused(receipt, { run, step: request.params.step, act });
      return reply.code(202).send(runSummary(await resolveRun(db, run.id)));
    },
  );
}

interface Attempt {
  run: RunRow;
  step: string;
  act: DecisionAct['act'];
}

function decisionRefused(refusal: DecisionRefusal, { run, step, act }: Attempt): HttpProblem {
  const name = `${run.pipeline} #${run.number}`;
  if (refusal.refused === 'no-such-step') {
    const known = refusal.approveSteps.length === 0 ? 'none' : refusal.approveSteps.join(', ');
    return notFound('step', step, `Approve steps of ${name}: ${known}.`);
  }
  const what = `Cannot ${act} ${step} of ${name}`;
  switch (refusal.refused) {
    case 'role-missing':
      return new HttpProblem({
        status: 403,
        code: 'role-missing',
        detail: `${what}: it takes a token with the role ${refusal.roles.join(' or ')}.`,
        hint: `An administrator makes one with "trunkline token create NAME --role ${refusal.roles[0]}".`,
      });
    case 'is-author':
      return new HttpProblem({
        status: 403,
        code: 'author-may-not-approve',
        detail: `${what}: you are its author, or you have asked for the run.`,
        hint: 'Somebody else with the role has to approve it.',
      });
    case 'changed':
      return new HttpProblem({
        status: 409,
        code: 'approval-changed',
        detail: `${what}: what would be approved is no longer what you have seen.`,
        hint: 'Look at the run again, and decide then.',
      });
    case 'not-waiting':
      return new HttpProblem({
        status: 409,
        code: 'step-not-waiting',
        detail: `${what}: it does not wait for an approval.`,
        hint: 'Look at the run with "trunkline show".',
      });
  }
}
