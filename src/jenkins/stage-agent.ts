import { parseImageReference } from '../domain/image-reference.ts';
import { treePathMistake } from '../domain/tree-path.ts';
import { plainText, type Statement } from './groovy-statements.ts';
import { noteIn } from './job.ts';
import type { StageSetting } from './stages.ts';

/** The image that stages run in: `agent { docker { image 'node:24' } }`, `agent { dockerfile true }`, or none that is told. */
export function readAgent(setting: StageSetting, agent: Statement): void {
  setting.image = null;
  setting.dockerfile = null;
  const [kind] = agent.block ?? [];
  if (kind?.name === 'docker') readDocker(setting, kind);
  else if (kind?.name === 'dockerfile') readDockerfile(setting, kind);
  else if (kind !== undefined) noteIn(setting.job, kind.line)(`the agent ${kind.name}`, labels);
  else if (!['any', 'none'].includes(plainText(agent.args[0])))
    noteIn(setting.job, agent.line)('the agent', labels);
}

export const labels =
  'the image of a step has its tools; where it is about the machine, write runs-on with labels of your workers';

function readDocker(setting: StageSetting, { line, args, block }: Statement): void {
  const written = block?.find(({ name }) => name === 'image')?.args[0] ?? args[0];
  const image = plainText(written);
  if (parseImageReference(image) === null)
    noteIn(setting.job, line)(`the image ${image}`, 'name one under run.image');
  else setting.image = image;
  for (const option of block ?? []) {
    if (['image', 'reuseNode', 'alwaysPull', 'label'].includes(option.name)) continue;
    const advice = 'containers get no options; registries and their accounts are in trunkline.yaml';
    noteIn(setting.job, option.line)(`${option.name} of the docker agent`, advice);
  }
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
