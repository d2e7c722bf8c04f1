import { Fault } from '../domain/fault.ts';
import { imageTagPattern } from '../domain/image-reference.ts';
import type { PushStep } from '../domain/pipeline.ts';
import { type BuildOutput, findPush, type PushOutput, readBuildOutput } from '../domain/step-output.ts';
import { expandTemplate } from '../domain/template.ts';
import type { DockerEngine } from '../images/docker-engine.ts';
import type { Registries } from '../images/registries.ts';
import type { Manifest, RegistryClient } from '../images/registry-client.ts';
import { imageIsIn, type PushJournal } from './image-availability.ts';
import type { StepContext, StepHandler, StepResult } from './step-handler.ts';
import { templateValuesOf } from './template-values.ts';

interface PushDependencies {
  engine: DockerEngine;
  registries: Registries;
}

/**
 * Puts a built image into a registry and takes its digest from there. A tag that already holds this very image, as
 * after a crash, is adopted instead of pushed again; one that holds another image is never moved.
 */
export function createPushStep(deps: PushDependencies): StepHandler<'push'> {
  return { execute: (step, context) => push(deps, step, context) };
}

async function push(deps: PushDependencies, step: PushStep, context: StepContext): Promise<StepResult> {
  const image = readBuildOutput(context.outputs.get(step.image));
  if (image === undefined)
    throw new Fault('internal', `step ${step.image} has left no image`, { isRetryable: false });
  const registry = deps.registries.named(step.registry);
  if (registry === undefined) return { outcome: 'failed', reason: unknownRegistry(step) };
  const values = templateValuesOf(context);
  const tags = [...new Set(step.tags.map((template) => expandTemplate(template, values)))];
  const [tag, ...furtherTags] = tags;
  const malformed = tags.find((name) => !imageTagPattern.test(name));
  if (tag === undefined || malformed !== undefined) {
    return { outcome: 'failed', reason: `"${malformed ?? ''}" cannot be the tag of an image` };
  }

  const present = await Promise.all(tags.map((name) => registry.manifest(image.name, name, context.signal)));
  const held = present.findIndex((manifest) => manifest !== undefined && !imageIsIn(manifest, image.imageId));
  if (held >= 0) {
    const holder = `tag ${tags[held]} of ${registry.host}/${image.name}`;
    return { outcome: 'failed', reason: refusal(holder, present[held]) };
  }
  const target = { registry, image, tag };
  const manifest = present[0] ?? (await pushAndConfirm(deps.engine, target, context));
  for (const further of furtherTags) {
    await context.confirmLease();
    await registry.tag(image.name, { tag: further, manifest }, context.signal);
  }
  const repository = `${registry.host}/${image.name}`;
  context.log.line(`${repository}@${manifest.digest} has the tags ${tags.join(', ')}`);
  const { imageId, name } = image;
  const output: PushOutput = { image: step.image, imageId, name, repository, digest: manifest.digest, tags };
  return { outcome: 'succeeded', output };
}

interface Target {
  registry: RegistryClient;
  image: BuildOutput;
  tag: string;
}

async function pushAndConfirm(engine: DockerEngine, target: Target, context: StepContext): Promise<Manifest> {
  const { registry, image, tag } = target;
  const { signal, log } = context;
  await ensureLocal(engine, image, context);
  const journal: PushJournal = { repository: `${registry.host}/${image.name}`, tag, imageId: image.imageId };
  await context.journal.write(journal);
  await context.confirmLease();
  log.line(`pushing ${journal.repository}:${tag}`);
  await engine.push(
    { imageId: image.imageId, registry, name: image.name, tag, report: context.progress },
    signal,
  );
  return confirmArrived(target, signal);
}

/** Another worker may have built it; then a push to another registry has left it where this engine can get it. */
async function ensureLocal(
  engine: DockerEngine,
  { imageId }: BuildOutput,
  context: StepContext,
): Promise<void> {
  if (await engine.has(imageId, context.signal)) return;
  const pushed = findPush(context.outputs.values(), imageId);
  if (pushed !== undefined) {
    const request = { image: `${pushed.repository}@${pushed.digest}`, report: context.progress };
    await engine.pull(request, context.signal);
  }
}

async function confirmArrived({ registry, image, tag }: Target, signal: AbortSignal): Promise<Manifest> {
  const manifest = await registry.manifest(image.name, tag, signal);
  if (manifest !== undefined && imageIsIn(manifest, image.imageId)) return manifest;
  const found = manifest === undefined ? 'does not have it' : `has another image there (${manifest.digest})`;
  throw new Fault('registry-unreachable', `${image.name}:${tag} was pushed, but ${registry.host} ${found}`, {
    hint: 'Check whether something else pushes this tag, or stands between the Docker engine and the registry',
  });
}

function refusal(holder: string, manifest: Manifest | undefined): string {
  const advice =
    'tags are never moved; name the revision and the run in the tag, or delete it in the registry';
  return `${holder} already holds another image (${manifest?.digest}): ${advice}`;
}

function unknownRegistry({ registry }: PushStep): string {
  return registry === null
    ? 'the server has no default registry: mark one under registries with default: true'
    : `the server knows no registry "${registry}"`;
}
