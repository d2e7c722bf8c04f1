import { expect, test } from 'vitest';
import { checkPipeline } from '../../src/config/check-pipeline.ts';
import { parsePipeline } from '../../src/domain/pipeline-file.ts';
import { environmentYaml, pipelineYaml, repositoryYaml } from '../../src/web/pages/start-yaml.ts';
import { load } from '../config/load-config.ts';

test('a newcomer who copies what the page shows has files that the server takes', async () => {
  const file = (repositoryYaml + environmentYaml).replaceAll('/run/secrets/', '');
  const { config, problems } = await load({
    file,
    secrets: { 'shop-hook': 'token-of-the-hook', svn: 'password' },
  });
  const parsed = parsePipeline(pipelineYaml({ repository: 'shop', environment: 'staging' }), 'cart.yaml');

  expect(problems).toEqual([]);
  expect(parsed).not.toHaveProperty('problems');
  expect(config !== null && 'pipeline' in parsed && checkPipeline(parsed.document, config)).toEqual([]);
});
