import { z } from 'zod';
import { minCores, ruleOnCores } from '../domain/core-count.ts';
import { checkedText, memorySize } from '../domain/text-schemas.ts';
import { text } from './shared-schemas.ts';

const network = checkedText((wanted) => {
  if (wanted === 'host' || wanted.startsWith('container:'))
    return "a step never shares the network of the host or of another container\nname a network of its own, or 'bridge'";
  return /^[A-Za-z0-9][A-Za-z0-9_.-]*$/.test(wanted) ? null : 'this is no name of a network';
}).meta({ title: 'network' });

export const dockerSchema = z.strictObject({
  host: text.optional().meta({
    description: 'The Docker engine. `DOCKER_HOST` comes before it.',
    default: 'unix:///var/run/docker.sock',
    examples: ['tcp://docker.example.com:2375'],
  }),
  builder: z.enum(['buildkit', 'classic']).optional().meta({
    description: 'How images are built.',
    default: 'buildkit',
  }),
  networks: z
    .array(network)
    .min(1, 'name at least one network')
    .optional()
    .meta({
      description: 'Networks that `run` steps may name; the first is theirs by default.',
      default: ['bridge'],
      examples: [['ci', 'bridge']],
    }),
  limits: z
    .strictObject({
      cpus: z
        .number(ruleOnCores)
        .min(minCores)
        .optional()
        .meta({ description: "Cores. Default: all of the server's machine.", examples: [2] }),
      memory: memorySize().optional().meta({ description: 'Memory.', default: '2Gi' }),
      pids: z.int().min(16).optional().meta({ description: 'Processes at once.', default: 1024 }),
    })
    .optional()
    .meta({ description: 'The most that one container of a `run` step gets.' }),
});
