import { resolve } from 'node:path';
import type { DemoFlags } from '../cli/add-demo-command.ts';
import { CliError, exitCodes } from '../cli/cli-error.ts';
import type { Environment } from '../config/config-reading.ts';
import { isRegistryHost } from '../domain/image-reference.ts';

/** The flags and the environment, checked. */
export interface DemoPlan {
  dir: string;
  /** End after the tour, and print the figures. */
  once: boolean;
  /** Nobody is asked. */
  mayInstall: boolean;
  /** Of the server; null: the usual one, or a free one. */
  port: number | null;
  engine: { dockerHost: string | undefined; mustBeOwn: boolean };
  /** null: a swarm on this machine. */
  kubernetes: { context: string; registry: string } | null;
  path: string | undefined;
  isRoot: boolean;
}

/** @throws CliError `wrongUse` when they do not fit together */
export function readDemoPlan(flags: DemoFlags, environment: Environment, cwd: string): DemoPlan {
  const { once = false, yes = false, ownEngine = false } = flags;
  return {
    dir: resolve(cwd, flags.dir ?? 'trunkline-demo'),
    once,
    mayInstall: yes || once || (environment.CI ?? '') !== '',
    port: flags.port === undefined ? null : readPort(flags.port),
    engine: { dockerHost: environment.DOCKER_HOST, mustBeOwn: ownEngine },
    kubernetes: readKubernetes(flags),
    path: environment.PATH,
    isRoot: process.getuid?.() === 0,
  };
}

function readPort(text: string): number {
  if (/^\d{1,5}$/.test(text) && Number(text) > 0 && Number(text) <= 65_535) return Number(text);
  throw new CliError(exitCodes.wrongUse, `--port is a number from 1 to 65535, not "${text}"`);
}

function readKubernetes({ context, registry, ownEngine, kubernetes }: DemoFlags): DemoPlan['kubernetes'] {
  if (kubernetes === true)
    throw new CliError(exitCodes.wrongUse, 'the Kubernetes of the tests comes with the sources only', {
      hint: 'In a clone: npm run demo -- --kubernetes. For a cluster of yours: --context and --registry.',
    });
  if (context === undefined && registry === undefined) return null;
  if (context === undefined || registry === undefined)
    throw new CliError(exitCodes.wrongUse, '--context and --registry go together', {
      hint: 'The registry is one that the cluster can pull from, and the Docker engine here can push to.',
    });
  if (!isRegistryHost(registry))
    throw new CliError(exitCodes.wrongUse, `"${registry}" is no registry host`, {
      hint: 'A host and perhaps a port, without http://: registry.example.com:5000',
    });
  if (ownEngine === true)
    throw new CliError(exitCodes.wrongUse, '--own-engine goes with a swarm only', {
      hint: 'An engine of the demo has no way out of this machine, to the registry of a cluster.',
    });
  return { context, registry };
}
