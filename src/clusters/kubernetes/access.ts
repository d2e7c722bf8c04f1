import { spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import type { Agent, RequestOptions } from 'node:https';
import { dirname, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { KubeConfig } from '@kubernetes/client-node';
import { parse } from 'yaml';
import { z } from 'zod';
import { Fault } from '../../domain/fault.ts';

/** How to reach one API server: the address, and for each request fresh credentials on one keep-alive agent. */
export interface ClusterAccess {
  readonly server: URL;
  /**
   * Options for `http.request`: TLS, agent, authorization. Runs an exec plugin when its credential has expired.
   * @throws Fault `cluster-denied` when no credential can be had
   */
  credentials(): Promise<RequestOptions>;
  /** Rises with each renewal; whoever is refused says to `renew` which credentials it had. */
  readonly generation: number;
  /**
   * Reads the settings anew, since the server has refused what they held: tokens and certificates are rotated.
   * @returns whether there is something else to try
   */
  renew(refused: number): Promise<boolean>;
  close(): void;
}

export interface AccessSettings {
  /** A kubeconfig file; null: the default places, then the service account of the pod that we run in. */
  kubeconfig: string | null;
  /** null: the file's current context. */
  context: string | null;
  /** How long a login may take, in seconds. A program that asks somebody who is not there never ends. Default: 60. */
  loginS?: number;
}

const usualLoginS = 60;

/**
 * The library is used for what it is good at, kubeconfig files and their many ways to log in. Each cluster has a
 * KubeConfig of its own, since credentials are cached by user name. Loaded at first use: it takes 90 MB.
 * @throws Fault `cluster-denied` when the settings lead to no cluster
 */
export async function openAccess(settings: AccessSettings): Promise<ClusterAccess> {
  const config = await loadConfig(settings);
  const cluster = config.getCurrentCluster();
  if (cluster === null || cluster.server === libraryFallback) throw unusable(settings, undefined);
  return new KubeConfigAccess(settings, config, cluster.server);
}

/** A server that refuses us for good is not asked more often with what is read anew. */
const renewEveryMs = 5_000;

class KubeConfigAccess implements ClusterAccess {
  readonly server: URL;
  readonly #settings: AccessSettings;
  readonly #address: string;
  #config: KubeConfig;
  #agent: Agent | undefined;
  #generation = 0;
  #renewing: Promise<boolean> | undefined;
  #renewedAt = Number.NEGATIVE_INFINITY;

  constructor(settings: AccessSettings, config: KubeConfig, address: string) {
    this.server = new URL(address);
    this.#settings = settings;
    this.#address = address;
    this.#config = config;
  }

  get generation(): number {
    return this.#generation;
  }

  async credentials(): Promise<RequestOptions> {
    const options: RequestOptions = { headers: {} };
    try {
      await inTime(this.#config.applyToHTTPSOptions(options), this.#settings);
    } catch (cause) {
      throw new Fault('cluster-denied', `Getting credentials for ${this.#address} failed`, {
        cause,
        hint: 'Check the user of the kubeconfig and the login program that it names.',
      });
    }
    this.#agent = keepAlive(options.agent);
    return options;
  }

  async renew(refused: number): Promise<boolean> {
    if (this.#generation > refused) return true;
    this.#renewing ??= this.#renew().finally(() => {
      this.#renewing = undefined;
    });
    return this.#renewing;
  }

  close(): void {
    this.#agent?.destroy();
  }

  async #renew(): Promise<boolean> {
    if (performance.now() < this.#renewedAt + renewEveryMs) return false;
    this.#renewedAt = performance.now();
    const config = await loadConfig(this.#settings).catch(() => undefined);
    // What leads elsewhere by now is not for this server to see.
    if (config?.getCurrentCluster()?.server !== this.#address) return false;
    retire(this.#agent);
    this.#agent = undefined;
    this.#config = config;
    this.#generation++;
    return true;
  }
}

/** Answers under way go on; nothing is sent any more. */
function retire(agent: Agent | undefined): void {
  if (agent === undefined) return;
  Object.assign(agent, { keepAlive: false });
  for (const socket of Object.values(agent.freeSockets).flat()) socket?.destroy();
}

/** What `loadFromDefault` makes up when it finds nothing at all. */
const libraryFallback = 'http://localhost:8080';

async function loadConfig(settings: AccessSettings): Promise<KubeConfig> {
  const library = await import('@kubernetes/client-node');
  const config = new library.KubeConfig();
  try {
    if (settings.kubeconfig === null) config.loadFromDefault();
    else config.loadFromFile(settings.kubeconfig);
  } catch (cause) {
    throw unusable(settings, cause);
  }
  if (settings.context !== null) {
    if (config.getContextObject(settings.context) === null) throw unusable(settings, undefined);
    config.setCurrentContext(settings.context);
  }
  await readTokenFile(config, settings);
  limitLogin(config, settings);
  return config;
}

/** The library keeps to itself with what it starts login programs. */
interface LoginStarter {
  execFn: typeof spawn;
}

/** A program that is stopped ends with all that it has started itself. */
function limitLogin(config: KubeConfig, { loginS = usualLoginS }: AccessSettings): void {
  const { authenticators } = config as unknown as { authenticators: readonly object[] };
  const starters = authenticators.filter((one): one is LoginStarter => 'execFn' in one);
  const start = (command: string, args: readonly string[], options: object) => {
    const program = spawn(command, args, { ...options, detached: true });
    const { pid } = program;
    const limit = setTimeout(() => pid !== undefined && killGroup(pid), loginS * 1_000);
    return program.once('exit', () => clearTimeout(limit)).once('error', () => clearTimeout(limit));
  };
  for (const starter of starters) Object.assign(starter, { execFn: start });
}

/** One that runs as somebody else by now is not ours to kill; nobody waits for it any longer all the same. */
function killGroup(pid: number): void {
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // It has ended, or may not be killed.
  }
}

/** What a login program has left behind may hold its output open, and other ways to log in ask servers that may not answer. */
async function inTime(login: Promise<unknown>, { loginS = usualLoginS }: AccessSettings): Promise<void> {
  const over = new AbortController();
  const late = delay(loginS * 1_200, undefined, { signal: over.signal }).then(() => {
    throw new Error(`not done after ${loginS} s`);
  });
  try {
    await Promise.race([login, late]);
  } finally {
    over.abort();
  }
}

const usersSchema = z.object({
  users: z.array(
    z.object({ name: z.string(), user: z.object({ tokenFile: z.string().optional() }).nullish() }),
  ),
});

/** The library knows the key only under another name, under which kubectl does not. */
async function readTokenFile(config: KubeConfig, { kubeconfig }: AccessSettings): Promise<void> {
  const user = config.getCurrentUser();
  if (kubeconfig === null || user === null || user.token) return;
  const read = usersSchema.safeParse(parse(await readFile(kubeconfig, 'utf8')));
  const tokenFile = read.data?.users.find(({ name }) => name === user.name)?.user?.tokenFile;
  if (tokenFile === undefined) return;
  const path = resolve(dirname(kubeconfig), tokenFile);
  Object.assign(user, { authProvider: { name: 'tokenFile', config: { tokenFile: path } } });
}

/**
 * The library makes one agent per KubeConfig, with the cluster's proxy, but closes its connections after each
 * request; sockets are pooled by certificate and key, so a rotated credential gets new ones.
 */
function keepAlive(agent: RequestOptions['agent']): Agent | undefined {
  if (typeof agent !== 'object') return undefined;
  Object.assign(agent, { keepAlive: true });
  return agent as Agent;
}

function unusable({ kubeconfig, context }: AccessSettings, cause: unknown): Fault {
  const where = kubeconfig ?? 'the default places';
  const what = context === null ? 'a cluster' : `the context ${context}`;
  return new Fault('cluster-denied', `Looking for ${what} in the kubeconfig of ${where} failed`, {
    cause,
    hint: 'Name the file and the context of the environment in the server configuration.',
    isRetryable: false,
  });
}
