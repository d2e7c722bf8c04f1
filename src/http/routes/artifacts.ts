import { Readable } from 'node:stream';
import { readArtifacts } from '../../domain/artifacts.ts';
import { type ArtifactRow, artifactContent, artifactsOf } from '../../store/artifacts.ts';
import type { Db } from '../../store/database.ts';
import { readSteps } from '../../store/runs.ts';
import type { HttpDependencies } from '../dependencies.ts';
import { notFound } from '../problem.ts';
import { resolveRun } from '../run-reference.ts';
import { artifactListSchema, artifactParams, artifactQuery, runParams } from '../schemas/run.ts';
import type { ZodApp } from '../zod-app.ts';

export function artifactRoutes(app: ZodApp, { db }: HttpDependencies): void {
  app.get(
    '/api/v1/runs/:id/artifacts',
    {
      config: { access: { scope: 'read', reach: 'run' } },
      schema: {
        operationId: 'listArtifacts',
        summary: 'The files that the steps of a run have left; those that were kept long enough are gone',
        tags: ['runs'],
        params: runParams,
        response: { 200: artifactListSchema },
      },
    },
    async (request) => {
      const run = await resolveRun(db, request.params.id);
      const files = await artifactsOfRun(db, run.id);
      return { items: files.map(({ step, row }) => ({ step, path: row.path, bytes: row.bytes })) };
    },
  );
  app.get(
    '/api/v1/runs/:id/artifacts/:step',
    {
      exposeHeadRoute: false,
      config: { access: { scope: 'read', reach: 'run' } },
      schema: {
        operationId: 'getArtifact',
        summary: 'One file that a step of a run has left',
        tags: ['runs'],
        params: artifactParams,
        querystring: artifactQuery,
        produces: ['application/octet-stream'],
      },
    },
    async (request, reply) => {
      const { id, step } = request.params;
      const { path } = request.query;
      const run = await resolveRun(db, id);
      const files = await artifactsOfRun(db, run.id);
      const found = files.find((file) => file.step === step && file.row.path === path);
      if (found === undefined)
        throw notFound(
          'artifact',
          `${step}: ${path}`,
          'Ask for the list: it may have been removed with its age.',
        );
      return reply
        .type('application/octet-stream')
        .header('content-length', found.row.bytes)
        .header('content-disposition', attachment(path))
        .send(Readable.from(artifactContent(db, found.row), { objectMode: false }));
    },
  );
}

async function artifactsOfRun(db: Db, runId: string): Promise<{ step: string; row: ArtifactRow }[]> {
  const sets = (await readSteps(db, runId)).flatMap(({ id, output }) => {
    const artifacts = readArtifacts(output);
    return artifacts === null ? [] : [{ step: id, set: artifacts.set }];
  });
  const rows = await artifactsOf(
    db,
    sets.map(({ set }) => set),
  );
  return sets.flatMap(({ step, set }) =>
    rows.filter((row) => row.set_id === set).map((row) => ({ step, row })),
  );
}

/** RFC 6266: names are whatever somebody's commands have written. */
function attachment(path: string): string {
  const name = path.split('/').at(-1) ?? '';
  const encoded = encodeURIComponent(name.toWellFormed()).replaceAll(
    /['()*]/g,
    (mark) => `%${mark.charCodeAt(0).toString(16)}`,
  );
  return `attachment; filename*=UTF-8''${encoded}`;
}
