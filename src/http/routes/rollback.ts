import type { RollbackReceipt, RollbackRefusal } from '../../runs/request-rollback.ts';
import { runOfIdentity } from '../../store/run-of-identity.ts';
import { callerOf } from '../access.ts';
import type { HttpDependencies } from '../dependencies.ts';
import { assertMayRollBack } from '../may-roll-back.ts';
import { HttpProblem, notFound } from '../problem.ts';
import { identityOf, keyHeaders } from '../repeated-request.ts';
import { resolveRun } from '../run-reference.ts';
import { environmentParams } from '../schemas/environment.ts';
import { rollbackBody } from '../schemas/rollback.ts';
import { runSummarySchema } from '../schemas/run.ts';
import { unknownEnvironment } from '../unknown-names.ts';
import { runSummary } from '../views/run-view.ts';
import type { ZodApp } from '../zod-app.ts';

export function rollbackRoute(app: ZodApp, { db, config, requestRollback }: HttpDependencies): void {
  app.post(
    '/api/v1/environments/:name/rollback',
    {
      config: { access: { scope: 'run', audit: 'environment.rollback' } },
      schema: {
        operationId: 'rollBack',
        summary: 'Put an earlier, healthy version of a workload back, by digest and without a build',
        description:
          'Makes a run (trigger `rollback`) that applies the whole stored set of an earlier deployment, watches it, and goes back where it does not become healthy.',
        tags: ['environments'],
        params: environmentParams,
        headers: keyHeaders,
        body: rollbackBody,
        response: {
          200: runSummarySchema.describe('The run that this Idempotency-Key made before'),
          201: runSummarySchema,
        },
      },
    },
    async (request, reply) => {
      const { name } = request.params;
      if (!Object.hasOwn(config.environments, name)) throw unknownEnvironment(config, name);
      assertMayRollBack(callerOf(request), { environments: config.environments, name });
      const { workload, run, why } = request.body;
      const identity = identityOf(request, 'rollback', name, workload);
      const known = await runOfIdentity(db, identity);
      if (known !== undefined) return reply.code(200).send(runSummary(await resolveRun(db, known)));
      const runId = run === undefined ? null : (await resolveRun(db, run)).id;
      const by = callerOf(request).name;
      const receipt = await requestRollback({
        ...{ environment: name, workload, runId, by, why: why ?? null, identity },
      });
      const made = await resolveRun(db, runIdOf(receipt, { name, workload }));
      return reply.code(201).header('location', `/api/v1/runs/${made.id}`).send(runSummary(made));
    },
  );
}

function runIdOf(receipt: RollbackReceipt, asked: { name: string; workload: string }): string {
  if (receipt.kind === 'created') return receipt.runId;
  if (receipt.kind === 'unknown-workload') {
    const known = receipt.known.length === 0 ? 'none yet' : receipt.known.join(', ');
    throw notFound('workload', asked.workload, `Trunkline has deployed to ${asked.name}: ${known}.`);
  }
  throw new HttpProblem({
    status: 409,
    code: `rollback-${receipt.code}`,
    detail: `Cannot roll back ${asked.workload} in ${asked.name}: ${receipt.problem}.`,
    hint: hints[receipt.code],
  });
}

const hints: Record<RollbackRefusal, string> = {
  'not-allowed': "Name the pipeline under the environment's pipelines in the server configuration.",
  'in-progress': 'Wait for its end, or cancel its run: that rolls it back.',
  'nothing-earlier': 'The history of the environment shows what can be gone back to.',
  'already-there': 'Name another run, or none for the version before.',
  gone: 'Run that revision again ("trunkline trigger --revision"): it builds and pushes the image anew.',
};
