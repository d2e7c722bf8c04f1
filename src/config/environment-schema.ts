import { z } from 'zod';
import { approvalCount, roles } from '../domain/approve-step-schema.ts';
import { besideKnownKeys, besideMistakes } from '../domain/rules-beside-mistakes.ts';
import { name } from '../domain/text-schemas.ts';
import { budgetsSchema } from './budgets-schema.ts';
import { dnsSchema, nameServer } from './dns-schema.ts';
import { driftSchema } from './drift-schema.ts';
import { freeze } from './freeze-schema.ts';
import { authority, credentialsName, file, secretReference, text } from './shared-schemas.ts';

const kubernetes = z
  .strictObject({
    context: text.optional().meta({
      description: 'A context of the kubeconfig. Default: its current one.',
      examples: ['staging'],
    }),
    namespace: name.optional().meta({
      description: 'Where everything of this environment goes.',
      default: 'default',
      examples: ['shop'],
    }),
    kubeconfig: file.optional().meta({
      description:
        "The kubeconfig file. Default: `KUBECONFIG`, `~/.kube/config`, or the pod's own account in a cluster. It is read anew when the cluster refuses what it holds, so tokens and certificates in it may be replaced at any time.",
      examples: ['/etc/trunkline/kubeconfig'],
    }),
    resolver: nameServer.optional().meta({
      description:
        "Where this server asks for names of the cluster, to tell after a rollout whether those of its Services lead there: IP or IP:port. Default: the server's own resolver where it knows them, else the Service `kube-dns` in `kube-system`.",
      examples: ['10.96.0.10'],
    }),
    budgets: budgetsSchema.optional(),
  })
  .meta({ description: 'A namespace of a Kubernetes cluster.' });

const namesInSwarm = (kind: string, example: string) =>
  z
    .array(text)
    .optional()
    .meta({
      description: `Existing ${kind} of the swarm that Compose files may name.`,
      examples: [[example]],
    });

const swarm = z
  .strictObject({
    host: text
      .regex(/^(unix|tcp|https?):\/\/./, 'a Docker host begins with unix://, tcp://, http:// or https://')
      .optional()
      .meta({
        description: "The engine of one of the swarm's managers. Default: the server's Docker engine.",
        examples: ['tcp://manager.example.com:2375'],
      }),
    prefix: text
      .regex(
        /^[a-z0-9][a-z0-9-]{0,30}$/,
        'a prefix has up to 31 lower-case letters, digits and dashes, and begins with a letter or digit',
      )
      .optional()
      .meta({
        description: 'In front of the names of all stacks: keeps two environments of one swarm apart.',
        examples: ['staging-'],
      }),
    networks: namesInSwarm('networks', 'edge'),
    secrets: namesInSwarm('secrets', 'shop-database'),
    configs: namesInSwarm('configs', 'shop-settings'),
  })
  .meta({ description: 'A Docker swarm; it must exist already (`docker swarm init`).' });

const approvalRule = z.strictObject({
  by: roles.meta({ description: 'Roles of tokens.', examples: [['release']] }),
  count: approvalCount.default(1).meta({ description: 'How many different people must have approved.' }),
  'not-author': z.boolean().default(true).meta({
    description:
      'Whether the approval of an author does not count, also of an older commit that the run stands for, or of whoever asked for the run.',
  }),
});

const prometheus = z
  .strictObject({
    url: text
      .regex(/^https?:\/\/[^@\s]+$/, 'an address begins with http:// or https:// and holds no password')
      .meta({
        description: 'Its address, without `/api/v1`.',
        examples: ['https://prometheus.example.com', 'http://prometheus.monitoring:9090'],
      }),
    credentials: credentialsName,
    token: secretReference.optional().meta({
      description: 'A bearer token, instead of `credentials`.',
      examples: [{ file: '/run/secrets/prometheus-token' }],
    }),
    ca: authority,
  })
  .refine(({ credentials, token }) => credentials === undefined || token === undefined, {
    message: "a Prometheus is asked with 'credentials' or with 'token', not both",
    ...besideMistakes,
  })
  .meta({
    description:
      'The Prometheus that answers the `gates` of deploy steps, and tells after each whether it scrapes the new pods.',
  });

export const environmentSchema = z
  .strictObject({
    kubernetes: kubernetes.optional(),
    swarm: swarm.optional(),
    'cluster-id': text.optional().meta({
      description:
        'Which cluster this must be: on Kubernetes the uid of its namespace `kube-system`, of a swarm its id. Default: the one that the first deploy has found. A deploy or job that would reach another one fails and names both: put the new id here to accept it.',
      examples: ['0b6ff1a5-6ff4-4b8e-9d3b-2c1d9f8f4e5a'],
    }),
    pipelines: z
      .array(name)
      .optional()
      .meta({ description: 'Pipelines that may deploy here. Default: all.', examples: [['cart', 'web']] }),
    approve: z
      .union([roles, approvalRule])
      .optional()
      .meta({
        description:
          'What a deploy here needs: an approve step before it that somebody with one of these roles has satisfied. No pipeline file can ask for less. A rollback needs such a role of whoever asks for it.',
        examples: [['release'], { by: ['release'], count: 2 }],
      }),
    'require-digests': z.boolean().optional().meta({
      description: 'Refuse manifests with a container that is not named by digest in the end.',
      default: false,
    }),
    freeze,
    prometheus: prometheus.optional(),
    drift: driftSchema,
    dns: dnsSchema.optional(),
  })
  .refine(({ kubernetes: one, swarm: other }) => (one === undefined) !== (other === undefined), {
    message: "an environment is either 'kubernetes' or 'swarm'",
    ...besideKnownKeys,
  })
  .refine(({ drift, swarm }) => swarm === undefined || drift === undefined, {
    message: "'drift' is for Kubernetes: a swarm keeps no record of who changed what\ndelete 'drift'",
    ...besideMistakes,
  })
  .refine(({ dns, swarm }) => swarm === undefined || dns === undefined, {
    message: "'dns' is for Kubernetes: a swarm answers names by its engines\ndelete 'dns'",
    ...besideMistakes,
  });
