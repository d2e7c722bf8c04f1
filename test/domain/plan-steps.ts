import type { StepDefinition } from '../../src/domain/pipeline.ts';

const common = { timeoutMs: 1000, retry: { max: 0, on: [] } };

export function build(id: string, needs: string[] = []): StepDefinition {
  const where = { context: '.', dockerfile: 'Dockerfile', image: id, args: {}, target: null };
  return { ...common, ...where, kind: 'build', id, needs };
}

export function push(id: string, image: string, needs: string[]): StepDefinition {
  return { ...common, kind: 'push', id, needs, image, tags: ['1'], registry: null };
}

export function run(id: string, from: string | null, needs: string[]): StepDefinition {
  const image = from === null ? { image: 'busybox' } : { step: from };
  const limits = { network: null, cpus: null, memoryBytes: null };
  return { ...common, ...limits, kind: 'run', id, needs, from: image, commands: ['true'], env: {} };
}

export function deploy(id: string, needs: string[]): StepDefinition {
  return {
    ...common,
    kind: 'deploy',
    id,
    needs,
    environment: 'e',
    manifests: ['*'],
    workload: null,
    soakMs: 0,
  };
}
