import { expect, test } from 'vitest';
import type { PipelineCatalogue } from '../../src/config/pipeline-catalogue.ts';
import { unknownEnvironment, unknownPipeline } from '../../src/http/unknown-names.ts';
import { testConfig } from './test-config.ts';

const mistake = { file: '/srv/pipelines/clock.yaml', line: 10, column: 3, message: "unknown key 'biuld'" };
const catalogue = {
  problems: () => [mistake],
  list: () => [{ name: 'cart' }],
} as unknown as PipelineCatalogue;

test('a pipeline that is not there because its file has a mistake is told with that mistake', () => {
  expect(unknownPipeline(catalogue, 'clock').facts).toMatchObject({
    status: 404,
    hint: "clock.yaml:10 has a mistake: unknown key 'biuld'; it starts nothing until that is mended.",
  });
});

test('a mistyped pipeline or environment is told with the one that was meant', () => {
  const [environment = ''] = Object.keys(testConfig.environments);

  expect(unknownPipeline(catalogue, 'catr').facts.hint).toBe("did you mean 'cart'?");
  expect(unknownPipeline(catalogue, 'clokc').facts.hint).toBe("did you mean 'clock'?");
  expect(unknownEnvironment(testConfig, `${environment}g`).facts.hint).toBe(`did you mean '${environment}'?`);
});
