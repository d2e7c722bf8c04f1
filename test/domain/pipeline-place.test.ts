import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { pipelinePlace } from '../../src/domain/pipeline-place.ts';
import { pipelineOf } from './read-pipeline.ts';

const serverText = 'name: cart\nsource: { repository: shop, path: services/cart }\n';
const run = { repository: 'shop', serverText };
const sha256 = createHash('sha256').update(serverText).digest('hex');

test('steps of the server are told by the sum of its file as it was', () => {
  const pipeline = pipelineOf(`${serverText}steps: [{ id: a, run: { image: a, commands: [b] } }]`);

  expect(pipelinePlace(pipeline, run)).toEqual({ repository: null, file: null, revision: null, sha256 });
  expect(pipelinePlace(pipeline, { ...run, serverText: '' }).sha256).toBeNull();
});

test('steps of the repository are told with the file and the revision at which it was read', () => {
  const pipeline = pipelineOf(`${serverText}file: ci/trunkline.yaml`);
  const file = 'services/cart/ci/trunkline.yaml';
  const included = { file: 'ci/node.yaml', repository: 'shop', revision: '41', sha256: 'b' };
  const read = { file, repository: 'shop', revision: '42', sha256: 'a' };

  expect(pipelinePlace(pipeline, run)).toEqual({ repository: 'shop', file, revision: null, sha256: null });
  expect(pipelinePlace({ ...pipeline, files: [included, read] }, run)).toEqual(read);
});
