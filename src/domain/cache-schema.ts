import { z } from 'zod';
import { placeInTree } from './text-schemas.ts';

const places = (rule: string) => z.array(placeInTree).min(1, rule).max(20);

const cache = z.strictObject({
  'key-files': places('name at least one file').meta({
    description:
      'Files of the tree, relative to `source.path`: what was kept is found as long as they are the same. Where one is missing, nothing is found or kept.',
    examples: [['package-lock.json']],
  }),
  paths: places('name at least one folder or file').meta({
    description:
      'Folders and files that are kept, relative to `source.path`. Links in them must not lead out of the tree.',
    examples: [['node_modules']],
  }),
});

export const cacheSchema = z
  .array(cache)
  .max(10)
  .meta({
    description:
      "What the commands make anew only when some files have changed, such as what they download. It is put into the step's tree before the commands, and kept after they have succeeded where it was not found: on the worker, for this step with its image, and for its branch. What is not found there is looked for, only to be read, on the trunk or default branch; for a merge request on the branch that it is to be merged into, then there. So nobody finds what another branch or merge request has made, but for what these two have. A step must succeed without it too: it may be gone at any time (`caches` of `trunkline.yaml`). `[]`: none, also where a template has one.",
    examples: [[{ 'key-files': ['package-lock.json'], paths: ['node_modules'] }]],
  });
