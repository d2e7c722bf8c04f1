import { serverConfigJsonSchema } from '../../src/config/server-config-schema.ts';
import { pipelineJsonSchema } from '../../src/domain/pipeline-schema.ts';
import { editorSchema } from './editor-schema.ts';
import { pipelinePage, serverConfigPage } from './pages.ts';

/** Every file that is made from the schemas in `src/`: path from the project's root, and text. */
export function generatedFiles(): Record<string, string> {
  const [pipeline, serverConfig] = [pipelineJsonSchema(), serverConfigJsonSchema()];
  return {
    'pipelines/pipeline.schema.json': `${JSON.stringify(editorSchema(pipeline), null, 2)}\n`,
    'pipelines/trunkline.schema.json': `${JSON.stringify(serverConfig, null, 2)}\n`,
    'docs/pipeline.md': pipelinePage(pipeline),
    'docs/server-config.md': serverConfigPage(serverConfig),
  };
}
