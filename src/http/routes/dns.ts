import { isRefusal, type Refusal } from '../../clusters/cluster.ts';
import type { ClusterDns, DnsApplied } from '../../clusters/cluster-dns.ts';
import type { DnsConfig, EnvironmentConfig } from '../../config/server-config.ts';
import type { HttpDependencies } from '../dependencies.ts';
import { HttpProblem } from '../problem.ts';
import { dnsSchema } from '../schemas/dns.ts';
import { environmentParams } from '../schemas/environment.ts';
import { unknownEnvironment } from '../unknown-names.ts';
import type { ZodApp } from '../zod-app.ts';

/** Shorter than a client waits for an answer. */
const answerMs = 20_000;

export function dnsRoutes(app: ZodApp, dependencies: HttpDependencies): void {
  const watching = watchersOf(app, dependencies);

  app.get(
    '/api/v1/environments/:name/dns',
    {
      config: { access: { scope: 'read' } },
      schema: {
        operationId: 'getDns',
        summary: "How the DNS of an environment's cluster differs from the config",
        description: 'The cluster is asked, and nothing is written.',
        tags: ['environments'],
        params: environmentParams,
        response: { 200: dnsSchema },
      },
    },
    async ({ params: { name } }) => {
      const { dns, wish } = find(dependencies, name);
      const look = await dns.look(wish, AbortSignal.timeout(answerMs));
      if (isRefusal(look)) throw refused(name, look);
      return { environment: name, ...look };
    },
  );

  app.post(
    '/api/v1/environments/:name/dns',
    {
      config: { access: { scope: 'admin', audit: 'environment.dns' } },
      schema: {
        operationId: 'applyDns',
        summary: "Write the config's stub domains and upstream servers into the cluster's DNS",
        description:
          'Refused where somebody has changed it meanwhile. The former content is kept with it, and put back where names are no longer answered: ask again until `last.state` is no longer `trying`.',
        tags: ['environments'],
        params: environmentParams,
        response: { 202: dnsSchema },
      },
    },
    async ({ params: { name } }, reply) => {
      const { dns, wish, environment } = find(dependencies, name);
      const limit = AbortSignal.timeout(answerMs);
      const elsewhere = await dependencies.otherClusterOf(environment, limit);
      if (elsewhere !== undefined) throw refused(name, { refusal: elsewhere });
      const applied = await dns.apply(wish, limit);
      if (isRefusal(applied)) throw refused(name, applied);
      if (applied.settle !== null) watching.begin(name, applied.settle);
      return reply.code(202).send({ environment: name, ...applied.look });
    },
  );
}

/** What was written is watched after its answer; a server that stops leaves it to the next apply. */
function watchersOf(app: ZodApp, { logger }: HttpDependencies) {
  const stopping = new AbortController();
  const watched = new Set<Promise<void>>();
  app.addHook('onClose', async () => {
    stopping.abort();
    await Promise.all(watched);
  });
  return {
    begin(environment: string, settle: NonNullable<DnsApplied['settle']>): void {
      const work = settle(stopping.signal)
        .then(({ state, text }) => {
          if (state === 'restored') logger.warn({ environment }, `DNS was put back as it was: ${text}`);
          else logger.info({ environment }, `DNS is as the config says: ${text}`);
        })
        .catch((error: unknown) => {
          if (!stopping.signal.aborted) logger.error({ err: error, environment }, 'could not watch the DNS');
        })
        .finally(() => watched.delete(work));
      watched.add(work);
    },
  };
}

interface Found {
  dns: ClusterDns;
  wish: DnsConfig;
  environment: EnvironmentConfig;
}

function find({ config, dnsOf }: HttpDependencies, name: string): Found {
  const environment = Object.hasOwn(config.environments, name) ? config.environments[name] : undefined;
  if (environment === undefined) throw unknownEnvironment(config, name);
  const dns = environment.dns === null ? null : dnsOf(environment);
  if (environment.dns !== null && dns !== null) return { dns, wish: environment.dns, environment };
  throw new HttpProblem({
    status: 409,
    code: 'dns-not-configured',
    detail: `Cannot compare the DNS of ${name}: the config says nothing about it.`,
    hint: `Say what it is to have under environments.${name}.dns in trunkline.yaml.`,
  });
}

function refused(name: string, { refusal }: Refusal): HttpProblem {
  return new HttpProblem({
    status: 409,
    code: 'dns-refused',
    detail: `The DNS of ${name} was left as it is: ${refusal}.`,
  });
}
