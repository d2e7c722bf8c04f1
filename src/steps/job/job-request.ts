import type { BuiltImage, Refusal } from '../../clusters/cluster.ts';
import type { JobRequest } from '../../clusters/cluster-jobs.ts';
import { expandTemplate } from '../../domain/template.ts';
import { pushedImages } from '../built-images.ts';
import { readManifestFiles } from '../deploy/manifest-files.ts';
import type { JobAtWork } from '../job-step.ts';
import { shellScript } from '../shell-script.ts';
import { expandAll, templateValuesOf } from '../template-values.ts';

/** What the step's job is made of, from the tree of the revision and the images of the run. */
export async function jobRequestOf({ step, context, environment }: JobAtWork): Promise<JobRequest | Refusal> {
  const images = pushedImages(context, step);
  const source = await sourceOf({ step, context, images });
  if ('refusal' in source) return source;
  const deadlineSeconds = Math.max(1, Math.ceil(step.timeoutMs / 1000));
  return { source, images, requireDigests: environment.requireDigests, deadlineSeconds };
}

async function sourceOf({
  step,
  context,
  images,
}: Pick<JobAtWork, 'step' | 'context'> & { images: BuiltImage[] }): Promise<JobRequest['source'] | Refusal> {
  const { source } = step;
  if ('manifest' in source) {
    const files = await readManifestFiles(await context.workspace(), [source.manifest]);
    if ('refusal' in files) return files;
    const [file, other] = files;
    if (file === undefined || other !== undefined)
      return { refusal: `"${source.manifest}" means ${files.length} files: a job step takes one` };
    return { kind: 'manifest', file };
  }
  const image = images.find((built) => built.step === source.step);
  if (image === undefined)
    return { refusal: `the image of step ${source.step} has not been pushed: add a push step` };
  const values = templateValuesOf(context);
  return {
    kind: 'commands',
    name: `${context.run.pipeline}-${context.stepId}`,
    image: image.reference,
    script: shellScript(source.commands),
    env: expandAll(source.env, (template) => expandTemplate(template, values)),
    secrets: Object.keys(step.secrets ?? {}),
  };
}
