import type { z } from 'zod';
import type { ClientSettings } from '../config/client-settings.ts';
import type { Environment } from '../config/config-reading.ts';
import { type ApiClient, createApiClient } from './api-client.ts';
import { CliError, exitCodes } from './cli-error.ts';
import type { Terminal } from './terminal.ts';

/** What every client command works with. */
export interface CliContext {
  terminal: Terminal;
  api: ApiClient;
}

/** What commands are made with; the settings are read only when a command needs the server. */
export interface CommandTools {
  terminal: Terminal;
  environment: Environment;
  local: LocalWork;
  connect(): CliContext;
}

/** What commands do on this machine without any server. */
export interface LocalWork {
  /** The branch that a folder is a checkout of; null where it is none. */
  branchOf(folder: string): Promise<string | null>;
}

export function createContext(terminal: Terminal, settings: ClientSettings): CliContext {
  return { terminal, api: createApiClient(settings) };
}

/** Reads an answer of the server. @throws CliError when it is of a kind that this version does not know */
export function readAnswer<Schema extends z.ZodType>(schema: Schema, answer: unknown): z.output<Schema> {
  const result = schema.safeParse(answer);
  if (result.success) return result.data;
  throw new CliError(
    exitCodes.ourFault,
    'The server answers in a way that this version does not understand.',
    {
      hint: 'Use the same version of Trunkline here as on the server; --json prints the answer as it is.',
      cause: result.error,
    },
  );
}

/** Prints an answer for programs. */
export function printJson(terminal: Terminal, answer: unknown): void {
  terminal.print(`${JSON.stringify(answer, null, 2)}\n`);
}

/** The header that makes a repeated request the first one. */
export function keyHeader(key: string | undefined): Record<string, string> {
  return key === undefined ? {} : { 'idempotency-key': key };
}

/** `cart#12` and `cart` (its latest run) as the server takes them, ready for a path. */
export function runPath(reference: string): string {
  const short = /^(?<pipeline>[^#:]+)(?:[#:](?<number>\d+|latest))?$/.exec(reference)?.groups;
  const isId = /^[\da-f]{8}-[\da-f-]{27}$/i.test(reference);
  const name = isId || short === undefined ? reference : `${short.pipeline}:${short.number ?? 'latest'}`;
  return `/api/v1/runs/${encodeURIComponent(name)}`;
}
