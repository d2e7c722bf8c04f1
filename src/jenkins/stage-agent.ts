import { parseImageReference } from '../domain/image-reference.ts';
import { fillMatrix, type MatrixRow, matrixRows } from '../domain/matrix.ts';
import { treePathMistake } from '../domain/tree-path.ts';
import { plainText, type Statement } from './groovy-syntax.ts';
import { noteIn } from './job.ts';
import { containersOfPod } from './pod-containers.ts';
import type { StageSetting } from './stage-setting.ts';

/** The image that stages run in: `agent { docker { image 'node:24' } }`, `agent { dockerfile true }`, or none that is told. */
export function readAgent(setting: StageSetting, agent: Statement): void {
  setting.image = null;
  setting.dockerfile = null;
  const [kind] = agent.block ?? [];
  if (kind?.name === 'kubernetes') readPod(setting, kind);
  else if (kind?.name === 'docker') readDocker(setting, kind);
  else if (kind?.name === 'dockerfile') readDockerfile(setting, kind);
  else if (kind !== undefined) noteIn(setting.job, kind.line)(`the agent ${kind.name}`, labels);
  else if (!['any', 'none'].includes(plainText(agent.args[0])))
    noteIn(setting.job, agent.line)('the agent', labels);
}

export const labels =
  'the image of a step has its tools; where it is about the machine, write runs-on with labels of your workers';

/** The stages run in its first container, or in the one that it names. */
function readPod(setting: StageSetting, { line, block, named }: Statement): void {
  const textOf = (key: string) =>
    plainText(named.get(key) ?? block?.find(({ name }) => name === key)?.args[0]);
  setting.containers = containersOfPod(textOf('yaml'));
  const [first] = setting.containers.values();
  setting.image = setting.containers.get(textOf('defaultContainer')) ?? first ?? null;
  const advice =
    setting.image === null
      ? labels
      : 'steps run in the images of its containers; volumes, resources and accounts are not carried';
  noteIn(setting.job, line)('the agent kubernetes', advice);
}

function readDocker(setting: StageSetting, { line, args, block }: Statement): void {
  const written = block?.find(({ name }) => name === 'image')?.args[0] ?? args[0];
  const image = withAxes(plainText(written), setting.matrix);
  const isImage = rowsOf(setting.matrix).every(
    (row) => parseImageReference(fillMatrix(image, row, { isTemplate: false })) !== null,
  );
  if (!isImage) noteIn(setting.job, line)(`the image ${image}`, 'name one under run.image');
  else setting.image = image;
  for (const option of block ?? []) {
    if (['image', 'reuseNode', 'alwaysPull', 'label'].includes(option.name)) continue;
    const advice = 'containers get no options; registries and their accounts are in trunkline.yaml';
    noteIn(setting.job, option.line)(`${option.name} of the docker agent`, advice);
  }
}

/** `php:${VERSION}` in a matrix with that axis. */
function withAxes(image: string, matrix: StageSetting['matrix']): string {
  return Object.keys(matrix?.axes ?? {}).reduce(
    (text, axis) => text.replaceAll(`\${${axis}}`, () => `\${matrix.${axis}}`),
    image,
  );
}

function rowsOf(matrix: StageSetting['matrix']): MatrixRow[] {
  return matrix === null ? [{}] : matrixRows({ ...matrix, include: [] });
}

function readDockerfile(setting: StageSetting, { line, block }: Statement): void {
  const textOf = (key: string) => plainText(block?.find(({ name }) => name === key)?.args[0]);
  const [context, file] = [textOf('dir') || '.', textOf('filename') || 'Dockerfile'];
  if (treePathMistake(context) !== null || treePathMistake(file) !== null)
    noteIn(setting.job, line)('the place of the Dockerfile', 'write a build step');
  else setting.dockerfile = { context, file };
  for (const option of block ?? []) {
    if (['dir', 'filename', 'reuseNode', 'label'].includes(option.name)) continue;
    noteIn(setting.job, option.line)(
      `${option.name} of the dockerfile agent`,
      'build arguments are build.args',
    );
  }
}
