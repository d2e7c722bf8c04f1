import { basename } from 'node:path';
import type { PipelineCatalogue } from '../../config/pipeline-catalogue.ts';
import type { Problem } from '../../domain/problem.ts';
import { isWithin } from '../../domain/token-limit.ts';
import { recentRuns } from '../../store/list-runs.ts';
import type { RunReceipt } from '../../triggers/request-run.ts';
import { callerOf } from '../access.ts';
import type { HttpDependencies } from '../dependencies.ts';
import { HttpProblem, notFound } from '../problem.ts';
import { resolveRun } from '../run-reference.ts';
import {
  pipelineDetailSchema,
  pipelineFileParams,
  pipelineFileSchema,
  pipelineListSchema,
  pipelineParams,
  runRequestBody,
  runRequestHeaders,
} from '../schemas/pipeline.ts';
import { runSummarySchema } from '../schemas/run.ts';
import { unknownPipeline } from '../unknown-names.ts';
import { keepPipelineViews, pipelineListWriter } from '../views/pipeline-list.ts';
import { pipelineView, stripLength } from '../views/pipeline-view.ts';
import { runSummary } from '../views/run-view.ts';
import { jsonType } from '../written-once.ts';
import type { ZodApp } from '../zod-app.ts';

/** Clients wait a little longer than this. */
const answerWithinMs = 25_000;

export function pipelineRoutes(app: ZodApp, dependencies: HttpDependencies): void {
  listRoute(app, dependencies);
  detailRoute(app, dependencies);
  fileRoute(app, dependencies);
  triggerRoute(app, dependencies);
}

function listRoute(app: ZodApp, { db, catalogue }: HttpDependencies): void {
  const views = keepPipelineViews(db, catalogue);
  const write = pipelineListWriter();
  app.get(
    '/api/v1/pipelines',
    {
      config: { access: { scope: 'read', reach: 'own' } },
      schema: {
        operationId: 'listPipelines',
        summary: 'Pipelines that this server knows, and files that it cannot use',
        tags: ['pipelines'],
        response: { 200: pipelineListSchema },
      },
    },
    async (request, reply) => {
      const { limit } = callerOf(request);
      const items = (await views()).filter(({ name: pipeline, repository }) =>
        isWithin(limit, { pipeline, repository }),
      );
      // Of a file that cannot be read nobody knows whose it is.
      const problems = limit === null ? catalogue.problems().map(problemView) : [];
      const list = { items, problems };
      return reply.type(jsonType).serializer(write).send(list);
    },
  );
}

function detailRoute(app: ZodApp, { db, catalogue }: HttpDependencies): void {
  app.get(
    '/api/v1/pipelines/:name',
    {
      config: { access: { scope: 'read', reach: 'pipeline' } },
      schema: {
        operationId: 'getPipeline',
        summary: 'A pipeline and its file',
        tags: ['pipelines'],
        params: pipelineParams,
        response: { 200: pipelineDetailSchema },
      },
    },
    async ({ params }) => {
      const pipeline = catalogue.get(params.name);
      if (pipeline === undefined) throw unknownPipeline(catalogue, params.name);
      const recent = await recentRuns(db, [pipeline.name], stripLength);
      const file = basename(pipeline.file);
      return { ...pipelineView(pipeline, recent.get(pipeline.name)), file, source: pipeline.source };
    },
  );
}

function fileRoute(app: ZodApp, { catalogue }: HttpDependencies): void {
  app.get(
    '/api/v1/pipeline-files/:file',
    {
      config: { access: { scope: 'read' } },
      schema: {
        operationId: 'getPipelineFile',
        summary: 'A pipeline file as it is now, with what is wrong in it',
        tags: ['pipelines'],
        params: pipelineFileParams,
        response: { 200: pipelineFileSchema },
      },
    },
    async ({ params }) => {
      const found = catalogue.file(params.file);
      if (found === undefined)
        throw notFound('pipeline-file', params.file, 'GET /api/v1/pipelines lists the files with problems.');
      return { file: params.file, source: found.source, problems: found.problems.map(problemView) };
    },
  );
}

function triggerRoute(app: ZodApp, { db, catalogue, requestRun }: HttpDependencies): void {
  app.post(
    '/api/v1/pipelines/:name/runs',
    {
      config: { access: { scope: 'run', audit: 'run.request', reach: 'pipeline' } },
      schema: {
        operationId: 'requestRun',
        summary: 'Ask for a run; the revision is fixed now and used everywhere',
        tags: ['pipelines'],
        params: pipelineParams,
        headers: runRequestHeaders,
        body: runRequestBody,
        response: {
          200: runSummarySchema.describe('The run that this Idempotency-Key made before'),
          201: runSummarySchema,
        },
      },
    },
    async (request, reply) => {
      const { branch, revision, parameters } = request.body;
      const wish = {
        pipeline: request.params.name,
        branch: branch ?? null,
        revision: revision ?? null,
        parameters: parameters ?? {},
        idempotencyKey: request.headers['idempotency-key'] ?? null,
        by: callerOf(request).name,
      };
      const receipt = await requestRun(wish, AbortSignal.timeout(answerWithinMs));
      const run = await resolveRun(db, runIdOf(receipt, request.params.name, catalogue));
      return reply
        .code(receipt.kind === 'known' ? 200 : 201)
        .header('location', `/api/v1/runs/${run.id}`)
        .send(runSummary(run));
    },
  );
}

function runIdOf(receipt: RunReceipt, pipeline: string, catalogue: PipelineCatalogue): string {
  if (receipt.kind === 'unknown-pipeline') throw unknownPipeline(catalogue, pipeline);
  if (receipt.kind !== 'refused') return receipt.runId;
  throw new HttpProblem({
    status: 422,
    code: 'run-refused',
    detail: `${pipeline} cannot run like this: ${receipt.problem}`,
    hint: receipt.hint,
  });
}

/** `source` is left out: the line may be of any length. */
function problemView({ file, line, column, message, hint }: Problem) {
  return { file: basename(file), line, column, message, hint };
}
