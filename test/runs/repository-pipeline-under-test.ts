import { parsePipeline } from '../../src/domain/pipeline-file.ts';
import type { RunRequest } from '../../src/runs/create-run.ts';
import { createRepositoryPipelineReader } from '../../src/runs/read-repository-pipeline.ts';
import type { SourceControl } from '../../src/scm/source-control.ts';
import { silentLog, startEngine, succeeded } from './engine-under-test.ts';

export const steps = (...ids: string[]) =>
  `steps:\n${ids.map((id) => `  - { id: ${id}, run: { image: busybox, commands: [ls] } }\n`).join('')}`;

export const file = 'services/cart/ci/trunkline.yaml';

export function entry(more = 'file: ci/trunkline.yaml'): RunRequest['pipeline'] {
  const source = `name: cart\nsource: { repository: shop, path: services/cart }\non: { merge-request: true }\n${more}\n`;
  const parsed = parsePipeline(source, 'cart.yaml');
  if ('problems' in parsed) throw new Error(JSON.stringify(parsed.problems));
  return { name: 'cart', source, pipeline: parsed.pipeline };
}

const config = { repositories: {}, registries: {}, environments: {}, secrets: {}, docker: {} };

/** The engine, with steps that succeed, on one repository. */
export async function startWith(source: SourceControl) {
  const engine = await startEngine();
  const log: string[] = [];
  const known = { ...config, repositories: { shop: {}, secrets: {} } } as unknown as Parameters<
    typeof createRepositoryPipelineReader
  >[0];
  const behaviour = { last: async () => succeeded };
  const worker = engine.startWorker(() => behaviour.last(), {
    readPipeline: createRepositoryPipelineReader(known, () => source),
    openLog: async () => ({ ...silentLog, write: (_step, text) => void log.push(text) }),
  });
  return Object.assign(engine, {
    log,
    behaviour,
    async runToEnd(facts: Partial<RunRequest>) {
      const pipeline = facts.pipeline ?? entry();
      const runId = await engine.createRun(pipeline.pipeline, { pipeline, ...facts });
      worker.offer(runId);
      return engine.ended(runId);
    },
    async toEnd(runId: string) {
      worker.offer(runId);
      return engine.ended(runId);
    },
  });
}
