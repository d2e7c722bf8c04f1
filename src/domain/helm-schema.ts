import { z } from 'zod';
import { treePath } from './text-schemas.ts';

/** A release's name is part of the names of objects. */
const releaseName = z
  .string()
  .regex(/^[a-z0-9]([-a-z0-9]{0,51}[a-z0-9])?$/, 'lower-case letters, digits and "-", at most 53');

export const helmChart = z
  .strictObject({
    chart: treePath.meta({
      description:
        'The folder of the chart, below `source.path`, with the charts that it depends on in its `charts`.',
      examples: ['deploy/chart'],
    }),
    values: z
      .union([treePath, z.array(treePath)])
      .default([])
      .meta({
        description: 'Files of values, below `source.path`; later ones win over earlier ones.',
        examples: ['deploy/staging.yaml', ['deploy/values.yaml', 'deploy/staging.yaml']],
      }),
    release: releaseName.default('release').meta({
      description: 'What the chart sees as `.Release.Name`.',
      examples: ['cart'],
    }),
    version: z
      .string()
      .regex(/^\d+(\.\d+){0,2}$/, 'a version of Helm is written like 3, 3.14 or 3.14.2')
      .optional()
      .meta({
        description:
          "How the version of the worker's Helm must begin; without it, any will do. Quote it: `3.10` is a number else.",
        examples: ['3.14'],
      }),
  })
  .meta({
    description:
      'On Kubernetes: a Helm chart of the tree. What `helm template` makes of it is applied as `manifests` are: there is no release that Helm knows of, hooks that are Jobs are refused (use a `job` step), and nothing is fetched. The worker needs `helm`. Either this, `manifests`, `kustomize` or `workload`.',
    examples: [{ chart: 'deploy/chart', values: 'deploy/staging.yaml' }],
  });
