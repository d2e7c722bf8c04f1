import { expect, test } from 'vitest';
import type { Pipeline } from '../../src/domain/pipeline.ts';
import { parsePipeline } from '../../src/domain/pipeline-file.ts';
import { takenElsewhere } from '../../src/domain/taken-elsewhere.ts';

const builds = `
  - { id: api, build: { image: shop/api } }
  - { id: tool, build: { image: shop/tool } }
  - { id: push-api, push: { image: api } }
  - { id: push-tool, push: { image: tool } }`;

test.each<[string, string, string[]]>([
  ['nothing, where it is the only one', '', []],
  [
    'nothing, where the same manifests go to another environment',
    '- { id: production, deploy: { environment: production, manifests: deploy/*.yaml } }',
    [],
  ],
  [
    'what a job runs in',
    '- { id: migrate, job: { environment: staging, from: tool, commands: [./migrate] } }',
    ['tool'],
  ],
  [
    'what another workload gets',
    '- { id: worker, deploy: { environment: staging, workload: deployment/worker, images: { worker: tool } } }',
    ['tool'],
  ],
  [
    'anything, where other manifests may name it',
    '- { id: worker, deploy: { environment: staging, manifests: worker/*.yaml } }',
    ['api', 'tool'],
  ],
  [
    'what a build stands on',
    '- { id: page, build: { image: shop/page, args: { BASE: "${steps.push-tool.outputs.image}" } } }',
    ['tool'],
  ],
])('a deploy step may leave out %s', (_what, other, expected) => {
  const { steps } = pipelineOf(`${builds}
  - { id: staging, deploy: { environment: staging, manifests: deploy/*.yaml } }
  ${other}`);
  const staging = steps.find(({ id }) => id === 'staging');

  expect([...takenElsewhere(staging as (typeof steps)[number], steps)].toSorted()).toEqual(expected);
});

function pipelineOf(steps: string): Pipeline {
  const parsed = parsePipeline(`name: shop\nsource: { repository: shop }\nsteps:${steps}\n`, 'shop.yaml');
  if ('problems' in parsed) throw new Error(JSON.stringify(parsed.problems));
  return parsed.pipeline;
}
