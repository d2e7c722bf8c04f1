import { isIP } from 'node:net';
import { z } from 'zod';
import { isRegistryHost } from '../domain/image-reference.ts';
import { checkedText, label, name } from '../domain/text-schemas.ts';
import { artifactsSchema } from './artifacts-schema.ts';
import { cachesSchema } from './caches-schema.ts';
import { dockerSchema } from './docker-schema.ts';
import { environmentSchema } from './environment-schema.ts';
import { optionalGitSchemes } from './git-url.ts';
import { notifySchema } from './notify-schema.ts';
import { repositorySchema } from './repository-schema.ts';
import { optionalSchemes } from './repository-url.ts';
import { retentionSchema } from './retention-schema.ts';
import { secretSchema } from './secret-schema.ts';
import { authority, credentialsName, secretReference, text } from './shared-schemas.ts';
import { workingCopiesSchema } from './working-copies-schema.ts';

/** Keys of `trunkline.yaml` that a later version brings: told apart from mistyped ones. */
export const laterKeys = ['github', 'gitea', 'users'] as const;

const credentials = z.strictObject({
  username: text
    .regex(/^[^-\p{Cc}][^\p{Cc}]*$/u, 'a user name has no control characters and does not begin with a dash')
    .meta({ description: 'The account.', examples: ['ci'] }),
  password: secretReference.meta({
    description: 'Its password or access token.',
    examples: [{ file: '/run/secrets/svn' }],
  }),
});

const registryHost = checkedText((host) =>
  isRegistryHost(host)
    ? null
    : 'this is no registry host\na host and perhaps a port, in lower case, without http://: registry.example.com:5000',
);

const registry = z.strictObject({
  host: registryHost.meta({
    description: 'Host and perhaps port, as in image names.',
    examples: ['registry.example.com', 'registry.example.com:5000'],
  }),
  address: registryHost.optional().meta({
    description:
      'Where Trunkline itself reaches it, when that differs from what the Docker engine and the cluster call it.',
    examples: ['registry:5000'],
  }),
  credentials: credentialsName,
  default: z
    .boolean()
    .optional()
    .meta({ description: 'The registry of pushes that name none. The only registry is it by itself.' }),
  insecure: z.boolean().optional().meta({
    description:
      'Plain http, or https without looking at the certificate. Loopback hosts may always use plain http.',
    default: false,
  }),
  ca: authority,
});

const address = z
  .string()
  .refine((written) => isAddress(written), {
    message: 'this is no address\nwrite it in numbers: 127.0.0.1, or a whole network: 10.0.0.0/8',
  })
  .meta({ title: 'address' });
const percent = z.int().min(1).max(100);

/** `trunkline.yaml` as it is written; `loadServerConfig` turns it into a `ServerConfig`. */
export const serverConfigSchema = z.strictObject({
  url: text.optional().meta({
    description: 'The address that people use. Default: made from `host` and `port`.',
    examples: ['https://ci.example.com'],
  }),
  host: text.optional().meta({
    description: 'The address to listen on. `--host` and `HOST` come before it.',
    default: '127.0.0.1',
    examples: ['0.0.0.0'],
  }),
  port: z.int().min(0, 'from 0 to 65535').max(65_535, 'from 0 to 65535').optional().meta({
    description: 'The port to listen on; 0: any. `--port` and `PORT` come before it.',
    default: 7070,
  }),
  'data-dir': text.optional().meta({
    title: 'folder',
    description: 'Where the server keeps its data. `--data-dir` and `DATA_DIR` come before it.',
    default: 'data',
    examples: ['/var/lib/trunkline'],
  }),
  pipelines: text.optional().meta({
    title: 'folder',
    description:
      'The pipeline files, `*.yaml` and `*.yml`. `--pipelines` and `TRUNKLINE_PIPELINES` come before it.',
    default: 'pipelines',
  }),
  database: z
    .strictObject({
      url: secretReference.meta({
        description: 'A `postgres://` URL.',
        examples: [{ env: 'MAIN_DATABASE' }],
      }),
    })
    .optional()
    .meta({
      description:
        'A PostgreSQL of your own. `DATABASE_URL` comes before it. Default: one that the server brings.',
    }),
  redis: z
    .strictObject({
      url: secretReference.meta({ description: 'A `redis://` URL.', examples: [{ env: 'MAIN_REDIS' }] }),
    })
    .optional()
    .meta({
      description:
        'A Redis for the queue. `REDIS_URL` comes before it. Default: the queue is in the database.',
    }),
  svn: z
    .strictObject({
      allow: z
        .array(z.enum(optionalSchemes))
        .optional()
        .meta({ description: 'URL schemes that are refused otherwise.', examples: [['http']] }),
      'working-copies': workingCopiesSchema.optional().meta({
        description:
          'Working copies of large trees, which each worker keeps so that a run fetches only what has changed. `off`: none.',
      }),
    })
    .optional()
    .meta({ description: 'For all Subversion repositories.' }),
  git: z
    .strictObject({
      allow: z.array(z.enum(optionalGitSchemes)).meta({
        description: 'URL schemes that are refused otherwise.',
        examples: [['http']],
      }),
    })
    .optional()
    .meta({ description: 'For all Git repositories.' }),
  credentials: z
    .record(name, credentials)
    .optional()
    .meta({ description: 'Accounts, by a name of your choice.' }),
  repositories: z
    .record(name, repositorySchema)
    .optional()
    .meta({ description: 'Repositories, by the name that pipelines use for them.' }),
  registries: z
    .record(name, registry)
    .optional()
    .meta({ description: 'Image registries, by the name that pipelines use for them.' }),
  environments: z
    .record(name, environmentSchema)
    .optional()
    .meta({ description: 'Where `deploy` steps may roll out to, by the name that pipelines use for it.' }),
  secrets: z.record(name, secretSchema).optional().meta({
    description:
      'What `run` steps may have as environment variables (`secrets` of a step), by the name that pipelines use for it.',
  }),
  docker: dockerSchema.optional().meta({ description: 'The engine that builds, pushes and runs commands.' }),
  artifacts: artifactsSchema
    .optional()
    .meta({ description: 'What `run` steps leave (`artifacts` of a step); it is kept in the database.' }),
  caches: cachesSchema.optional().meta({
    description:
      'What `run` steps want to find again (`cache` of a step), in the data folder of each worker. `off`: nothing is kept.',
  }),
  notify: z
    .record(name, notifySchema)
    .optional()
    .meta({
      description: 'Chats, mail addresses and programs that are told of runs, by a name of your choice.',
      examples: [
        { team: { dingtalk: { url: { file: '/run/secrets/dingtalk-url' } }, on: ['failure', 'fixed'] } },
      ],
    }),
  badges: z
    .array(name)
    .optional()
    .meta({
      description:
        'Pipelines of which anybody may see, without a token, how their last run ended: `/badges/cart.svg`, an image for a README; `?branch=branches/release-1` for another branch than the main one. Of all others the image is the same, whether they exist or not.',
      default: [],
      examples: [['cart']],
    }),
  retention: retentionSchema.optional().meta({
    description:
      'How long logs, runs and events are kept. The server removes every hour what is older and not among the newest, never what has not ended.',
  }),
  concurrency: z.int().min(1).max(64).optional().meta({
    description: 'Runs that one worker process executes at once.',
    default: 2,
  }),
  labels: z
    .array(label)
    .max(32)
    .optional()
    .meta({
      description:
        'Labels of the workers that read this file, for pipelines that say `runs-on`; `--label` of `trunkline worker` and `serve` adds further ones. Each worker has its system (`linux`) and its processor (`x64`, `arm64`) beside them.',
      examples: [['gpu']],
    }),
  disk: z
    .strictObject({
      high: percent.default(95).meta({
        description:
          'From more than this on, in percent of the disk, it takes no new runs; 100: it always does.',
      }),
      low: percent.default(90).meta({ description: 'From this on, downwards, it does again.' }),
    })
    .refine(({ high, low }) => low <= high, 'low is at most high')
    .optional()
    .meta({
      description:
        'When a worker takes no new runs because the disk of its data folder, where their trees are, is full; `trunkline workers` says so. Runs in hand go on.',
    }),
  'hooks-per-minute': z.int().min(1).optional().meta({
    description:
      'Hooks that one address may send in a minute; more are answered 429, and polling finds what they announced.',
    default: 6000,
  }),
  'trusted-proxies': z
    .array(address)
    .optional()
    .meta({
      description:
        'Addresses and networks of the proxies in front of the server. Of what comes from there, the `X-Forwarded-For` that they write says who has sent it, which is what limits count by and what the audit and events keep. Without it all that comes through a proxy is of one address.',
      examples: [['127.0.0.1'], ['10.42.0.0/16']],
    }),
});

export type WrittenServerConfig = z.infer<typeof serverConfigSchema>;

/** By itself, or as a network of some of its bits. */
function isAddress(written: string): boolean {
  const [ip = '', bits = '0', ...more] = written.split('/');
  const mostBits = isIP(ip) === 4 ? 32 : 128;
  return isIP(ip) !== 0 && more.length === 0 && /^\d{1,3}$/.test(bits) && Number(bits) <= mostBits;
}

/** For editors and for `docs/server-config.md`; kept as `pipelines/trunkline.schema.json`. */
export function serverConfigJsonSchema(): z.core.JSONSchema.BaseSchema {
  return { title: 'Trunkline server config', ...z.toJSONSchema(serverConfigSchema, { io: 'input' }) };
}
