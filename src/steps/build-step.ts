import { realpath } from 'node:fs/promises';
import { join, sep } from 'node:path';
import type { BuildStep } from '../domain/pipeline.ts';
import type { BuildOutput } from '../domain/step-output.ts';
import { expandTemplate } from '../domain/template.ts';
import type { DockerEngine } from '../images/docker-engine.ts';
import type { RunFacts, StepContext, StepHandler, StepResult } from './step-handler.ts';
import { expandAll, templateValuesOf } from './template-values.ts';

/** Builds an image in this worker's engine. After a crash it builds again: the engine's cache has what was done. */
export function createBuildStep({ engine }: { engine: DockerEngine }): StepHandler<'build'> {
  return { execute: (step, context) => build(engine, step, context) };
}

async function build(engine: DockerEngine, step: BuildStep, context: StepContext): Promise<StepResult> {
  const { run, signal, log } = context;
  const folder = await findFolder(await context.workspace(), step.context);
  if (folder === undefined) {
    return { outcome: 'failed', reason: `there is no folder ${step.context} to build from` };
  }
  await context.confirmLease();
  const values = templateValuesOf(context);
  const result = await engine.build(
    {
      folder,
      dockerfile: step.dockerfile,
      args: expandAll(step.args, (template) => expandTemplate(template, values)),
      target: step.target,
      isUntrusted: run.told.request?.isFork === true,
      labels: labelsOf(step, run),
      write: (text) => log.write(text),
      report: context.progress,
    },
    signal,
  );
  if (result.kind === 'failed') return { outcome: 'failed', reason: result.reason };
  const output: BuildOutput = { imageId: result.imageId, name: step.image, engine: await engine.id(signal) };
  return { outcome: 'succeeded', output };
}

/** The real path of a folder in the tree; undefined when it is missing or a link leads out of the tree. */
async function findFolder(tree: string, path: string): Promise<string | undefined> {
  const [root, folder] = await Promise.all([
    realpath(tree),
    realpath(join(tree, path)).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return undefined;
      throw error;
    }),
  ]);
  return folder === root || folder?.startsWith(root + sep) ? folder : undefined;
}

/** Nothing of this run or moment: the same revision, built again, gives the same image. */
function labelsOf(step: BuildStep, run: RunFacts): Record<string, string> {
  return {
    'org.opencontainers.image.title': step.image,
    'org.opencontainers.image.source': run.sourceUrl,
    'org.opencontainers.image.revision': run.revision,
    'org.opencontainers.image.version': `${run.branch}-${run.revision}`,
    ...(run.committedAt === null ? {} : { 'org.opencontainers.image.created': run.committedAt }),
  };
}
