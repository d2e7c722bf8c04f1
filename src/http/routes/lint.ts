import { basename } from 'node:path';
import { lintText } from '../../config/lint-text.ts';
import { maxYamlBytes } from '../../domain/yaml-document.ts';
import type { HttpDependencies } from '../dependencies.ts';
import { lintBody, lintSchema } from '../schemas/pipeline.ts';
import type { ZodApp } from '../zod-app.ts';

/** JSON writes a character with six at most. */
const bodyBytes = 6 * maxYamlBytes;

export function lintRoute(app: ZodApp, { config }: HttpDependencies): void {
  app.post(
    '/api/v1/lint',
    {
      config: { access: { scope: 'read', audit: null } },
      bodyLimit: bodyBytes,
      schema: {
        operationId: 'lintPipeline',
        summary: 'Say what is wrong with a pipeline file, for this server; nothing is stored',
        tags: ['pipelines'],
        body: lintBody,
        response: { 200: lintSchema },
      },
    },
    async ({ body: { text, file } }) => ({
      problems: lintText(text, file, config).map(({ source: _line, ...problem }) => ({
        ...problem,
        file: problem.file === file ? file : basename(problem.file),
      })),
    }),
  );
}
