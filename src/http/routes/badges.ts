import { z } from 'zod';
import { badgeSvg } from '../../domain/badge.ts';
import { readLastOutcome } from '../../store/last-outcome.ts';
import type { HttpDependencies } from '../dependencies.ts';
import type { ZodApp } from '../zod-app.ts';

/** Where no branch is named: the main one, whichever of its usual names it has. */
const mainBranches = ['trunk', 'main', 'master'];

/**
 * The one thing that anybody may see of a run, and only of pipelines that the config names: of all others, also those that do
 * not exist, the image is the same.
 */
export function badgeRoute(app: ZodApp, { db, config }: HttpDependencies): void {
  app.get(
    '/badges/:image',
    {
      config: { access: 'public' },
      schema: {
        operationId: 'badge',
        summary:
          'An image of how the last run of a pipeline ended; only of those in `badges` of trunkline.yaml',
        tags: ['pipelines'],
        security: [],
        produces: ['image/svg+xml'],
        params: z.object({ image: z.string().max(100).meta({ description: '`PIPELINE.svg`' }) }),
        querystring: z.object({
          branch: z.string().max(500).optional().meta({ description: 'Default: the main branch.' }),
        }),
      },
    },
    async ({ params: { image }, query: { branch } }, reply) => {
      const pipeline = image.replace(/\.svg$/, '');
      const isShown = config.badges.includes(pipeline);
      const branches = branch === undefined ? mainBranches : [branch];
      const outcome = isShown ? await readLastOutcome(db, { pipeline, branches }) : null;
      return reply
        .type('image/svg+xml')
        .header('cache-control', 'public, max-age=30')
        .header('cross-origin-resource-policy', 'cross-origin')
        .send(badgeSvg(pipeline, outcome));
    },
  );
}
