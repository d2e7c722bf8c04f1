import { z } from 'zod';
import { commandTimeout, effort, idleTimeout } from './effort-schema.ts';
import { isImageName, parseImageReference } from './image-reference.ts';
import { checkedText, name, stepName, tag, template, treePath, variableName } from './text-schemas.ts';

export const buildSchema = z
  .strictObject({
    context: treePath
      .default('.')
      .meta({ description: 'The folder that the Dockerfile sees.', examples: ['.', 'app'] }),
    dockerfile: treePath
      .default('Dockerfile')
      .meta({ description: 'The Dockerfile, relative to `context`.', examples: ['docker/Dockerfile'] }),
    image: checkedText(buildImageMistake).meta({
      title: 'image name',
      description:
        'The name that the image gets in the registry, without host and tag. Manifests name the image by it.',
      examples: ['shop/cart'],
    }),
    args: z
      .record(variableName, template())
      .default({})
      .meta({ description: 'Build arguments (`ARG`).', examples: [{ VERSION: 'r${revision}' }] }),
    target: z
      .string()
      .regex(/^[A-Za-z0-9][A-Za-z0-9_.-]*$/, 'this is no name of a build stage')
      .optional()
      .meta({ description: 'A stage of the Dockerfile. Without it: the last one.', examples: ['runtime'] }),
    ...effort(commandTimeout),
    'idle-timeout': idleTimeout,
  })
  .meta({
    description: 'Builds an image with a Dockerfile. It stays on the engine that built it until a `push`.',
    examples: [{ context: '.', image: 'shop/cart', args: { VERSION: 'r${revision}' } }],
  });

export const pushSchema = z
  .strictObject({
    image: stepName.nullish().meta({
      description:
        'The id of a build step. Empty (`push: { image }`) or left out: the only build step, or the one called `image`.',
      examples: ['image'],
    }),
    tags: z
      .array(tag)
      .min(1, 'name at least one tag')
      .max(20)
      .default(['r${revision}-${run}'])
      .meta({
        description:
          'Tags for people: what is deployed is always the digest. A tag that holds another image already is refused, never moved.',
        examples: [['r${revision}-${run}']],
      }),
    registry: name.optional().meta({
      description: 'A registry of `trunkline.yaml`. Without it: the default one.',
      examples: ['main'],
    }),
    ...effort('15m'),
  })
  .meta({
    description: 'Pushes a built image to a registry, and takes down the digest that the registry confirms.',
    examples: [{ image: 'image', tags: ['r${revision}-${run}'] }],
  });

function buildImageMistake(image: string): string | null {
  const reference = parseImageReference(image);
  if (reference?.host)
    return 'a built image has no host in its name\nthe server decides the registry: shop/cart';
  if (reference?.tag || reference?.digest)
    return 'a built image has no tag and no digest in its name\ntags belong to push';
  return isImageName(image)
    ? null
    : `'${image}' is no image name\nlower-case letters, digits, dots, dashes, slashes: shop/cart`;
}
