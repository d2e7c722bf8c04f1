import type { ServerConfig } from '../../config/server-config.ts';
import type { NoPromotion, PromotionRefusal, PromotionWish } from '../../runs/plan-promotion.ts';
import { runOfIdentity } from '../../store/run-of-identity.ts';
import { callerOf } from '../access.ts';
import type { HttpDependencies } from '../dependencies.ts';
import { HttpProblem, notFound } from '../problem.ts';
import { identityOf, keyHeaders } from '../repeated-request.ts';
import { resolveRun } from '../run-reference.ts';
import { environmentParams } from '../schemas/environment.ts';
import { promotionBody, promotionPreviewSchema, promotionQuery } from '../schemas/promotion.ts';
import { runSummarySchema } from '../schemas/run.ts';
import { unknownEnvironment } from '../unknown-names.ts';
import { runSummary } from '../views/run-view.ts';
import type { ZodApp } from '../zod-app.ts';

export function promotionRoutes(app: ZodApp, dependencies: HttpDependencies): void {
  const { db, config, requestPromotion, previewPromotion } = dependencies;
  app.get(
    '/api/v1/environments/:name/promotion',
    {
      config: { access: { scope: 'read' } },
      schema: {
        operationId: 'previewPromotion',
        summary: 'What a promotion would deploy here, and how the two environments differ, field by field',
        description:
          'Compares the sets that were applied last and became healthy; changes nothing, and asks no cluster. Refused as the promotion itself would be.',
        tags: ['environments'],
        params: environmentParams,
        querystring: promotionQuery,
        response: { 200: promotionPreviewSchema },
      },
    },
    async ({ params, query }) => {
      const wish = { from: query.from, to: params.name, workloads: query.workloads };
      assertKnown(config, wish);
      const preview = await previewPromotion(wish);
      if (preview.kind !== 'preview') throw problemOf(preview, wish);
      const { run, images, differences } = preview;
      const { from, to } = wish;
      return { from, to, run: runSummary(await resolveRun(db, run.id)), images, differences };
    },
  );

  app.post(
    '/api/v1/environments/:name/promote',
    {
      config: { access: { scope: 'run', audit: 'environment.promote' } },
      schema: {
        operationId: 'promote',
        summary: 'Deploy to this environment exactly what runs in another one, without a build',
        description:
          "Makes a run (trigger `promotion`) of the revision that runs in `from`: its pushed digests, with the pipeline's own deploy step for this environment, and whatever that step waits for here.",
        tags: ['environments'],
        params: environmentParams,
        headers: keyHeaders,
        body: promotionBody,
        response: {
          200: runSummarySchema.describe('The run that this Idempotency-Key made before'),
          201: runSummarySchema,
        },
      },
    },
    async (request, reply) => {
      const { from, workloads, why = null } = request.body;
      const wish = { from, to: request.params.name, workloads };
      assertKnown(config, wish);
      const identity = identityOf(request, 'promotion', wish.from, wish.to);
      const known = await runOfIdentity(db, identity);
      if (known !== undefined) return reply.code(200).send(runSummary(await resolveRun(db, known)));
      const receipt = await requestPromotion({ ...wish, by: callerOf(request).name, why, identity });
      if (receipt.kind !== 'created') throw problemOf(receipt, wish);
      const made = await resolveRun(db, receipt.runId);
      return reply.code(201).header('location', `/api/v1/runs/${made.id}`).send(runSummary(made));
    },
  );
}

function assertKnown(config: ServerConfig, { from, to }: PromotionWish): void {
  const unknown = [to, from].find((name) => !Object.hasOwn(config.environments, name));
  if (unknown !== undefined) throw unknownEnvironment(config, unknown);
}

function problemOf(receipt: NoPromotion, { from, to, workloads }: PromotionWish): HttpProblem {
  if (receipt.kind === 'unknown-workload') {
    const known = receipt.known.length === 0 ? 'none yet' : receipt.known.join(', ');
    return notFound('workload', receipt.workload, `Trunkline has deployed to ${from}: ${known}.`);
  }
  const what = workloads.length === 0 ? `what runs in ${from}` : `${workloads.join(', ')} from ${from}`;
  return new HttpProblem({
    status: 409,
    code: `promotion-${receipt.code}`,
    detail: `Cannot promote ${what} to ${to}: ${receipt.problem}.`,
    hint: hints[receipt.code],
  });
}

const hints: Record<PromotionRefusal, string> = {
  'same-environment': 'Name two different environments.',
  'nothing-there': 'Deploy to it first: "trunkline environments" shows what runs where.',
  'in-progress': 'Wait for its end, or cancel its run.',
  'several-runs': 'Name the workloads to promote, those of one run at a time.',
  'no-step': 'Add a deploy step for it to the pipeline file; it counts from the next run on.',
  'not-pushed': 'Only images that were pushed can be promoted: run that revision again ("trunkline rerun").',
  'not-allowed': "Name the pipeline under the environment's pipelines in the server configuration.",
  'already-there': 'There is nothing to promote.',
  gone: 'Run that revision again ("trunkline trigger --revision"): it builds and pushes the image anew.',
};
