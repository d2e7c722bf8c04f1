import { z } from 'zod';
import { besideMistakes } from './rules-beside-mistakes.ts';
import { duration, imageOrMatrix, memorySize, name, template, variableName } from './text-schemas.ts';

const service = z
  .strictObject({
    image: imageOrMatrix.meta({
      title: 'image reference',
      description: 'Any image; what it starts by itself runs.',
      examples: ['postgres:16'],
    }),
    command: z
      .array(z.string())
      .min(1, 'name at least one word')
      .optional()
      .meta({
        description: "Instead of the image's own command, word by word.",
        examples: [['redis-server']],
      }),
    env: z
      .record(variableName, template())
      .default({})
      .meta({ description: 'Environment variables.', examples: [{ POSTGRES_PASSWORD: 'test' }] }),
    ready: z
      .string()
      .min(1, 'an empty command')
      .optional()
      .meta({
        description:
          "A line for `/bin/sh` in the service, tried until it succeeds; the commands of the step begin then. Without it: the image's own health check, and without that as soon as it runs.",
        examples: ['pg_isready -U postgres'],
      }),
    'ready-within': duration({ from: '1s', to: '1h' })
      .default('1m')
      .meta({ description: 'How long that may take, or the step fails.', examples: ['2m'] }),
    memory: memorySize()
      .optional()
      .meta({
        description: "Memory at most, within the server's limit, which holds without it.",
        examples: ['256Mi'],
      }),
  })
  .meta({ description: 'One service.' });

export const servicesSchema = z
  .record(name, service)
  .refine((services) => Object.keys(services).length <= 10, {
    message: 'at most 10 services',
    ...besideMistakes,
  })
  .meta({
    description:
      'Containers that run beside the step, such as a database for its tests: the commands reach each by its name. They share a network with the step that leads nowhere else, and are removed with it, however it ends.',
    examples: [
      { db: { image: 'postgres:16', env: { POSTGRES_PASSWORD: 'test' }, ready: 'pg_isready -U postgres' } },
    ],
  });
export type WrittenServices = z.infer<typeof servicesSchema>;
