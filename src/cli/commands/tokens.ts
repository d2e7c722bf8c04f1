import type { ServerFlags } from '../../config/load-server-config.ts';
import { answers, type Token } from '../answers.ts';
import { CliError, exitCodes } from '../cli-error.ts';
import { type CliContext, type CommandTools, printJson, readAnswer } from '../context.ts';
import { readServerConfig } from '../read-server-config.ts';
import { renderTable } from '../table.ts';
import { agoText } from '../times.ts';

const path = '/api/v1/tokens';

interface TokenOptions {
  scope: string;
  role?: string[];
  repository?: string[];
  pipeline?: string[];
  expires?: string;
  json?: boolean;
}

/** Makes a token and prints it, alone on standard output, this once. */
export async function createToken(
  { api, terminal }: CliContext,
  name: string,
  options: TokenOptions,
): Promise<void> {
  const expiresInDays = options.expires === undefined ? undefined : Number(options.expires);
  const answer = await api.post(path, {
    name,
    scopes: [options.scope],
    roles: options.role,
    repositories: options.repository,
    pipelines: options.pipeline,
    expiresInDays,
  });
  if (options.json) return printJson(terminal, answer);
  terminal.note('This is the only time that the token is shown:\n');
  terminal.print(`${readAnswer(answers.newToken, answer).token}\n`);
}

/** The same without a server, in its database: for whoever may read that, and has lost every token. */
export async function createLocalToken(
  { terminal, environment }: Pick<CommandTools, 'terminal' | 'environment'>,
  name: string,
  options: TokenOptions & ServerFlags,
): Promise<void> {
  if (options.repository !== undefined || options.pipeline !== undefined)
    throw new CliError(exitCodes.wrongUse, 'A token with --repository or --pipeline is made by the server.', {
      hint: 'Make one with --scope admin --local first, and the others with that.',
    });
  const { makeLocalToken } = await import('../../wiring/local-token.ts');
  const { config, dataDir } = options;
  const sources = { flags: { config, dataDir }, environment, cwd: process.cwd() };
  const made = await makeLocalToken(await readServerConfig(sources), {
    name,
    scope: options.scope,
    roles: options.role ?? [],
    expiresInDays: options.expires === undefined ? null : Number(options.expires),
  });
  if (options.json) return printJson(terminal, made);
  terminal.note('This is the only time that the token is shown:\n');
  terminal.print(`${made.token}\n`);
}

export async function listTokens({ api, terminal }: CliContext, options: { json?: boolean }): Promise<void> {
  const answer = await api.get(path);
  if (options.json) return printJson(terminal, answer);
  const now = new Date();
  const { items } = readAnswer(answers.tokens, answer);
  const columns = [
    { title: 'NAME', text: (token: Token) => token.name },
    { title: 'SCOPES', text: (token: Token) => token.scopes.join(',') },
    { title: 'ROLES', text: (token: Token) => token.roles.join(',') },
    { title: 'LIMITED TO', text: limitText },
    { title: 'LAST USED', text: (token: Token) => ago(token.lastUsedAt, now) },
    { title: 'EXPIRES', text: (token: Token) => token.expiresAt?.toISOString().slice(0, 10) ?? 'never' },
    { title: 'ID', text: (token: Token) => token.id },
  ];
  terminal.print(renderTable(items, { columns, width: terminal.columns }));
}

/** Ends the token with this id, or the only one with this name. */
export async function revokeToken(
  { api, terminal }: CliContext,
  reference: string,
  options: { json?: boolean },
): Promise<void> {
  const { items } = readAnswer(answers.tokens, await api.get(path));
  const meant = items.filter(({ id, name }) => id === reference || name === reference);
  const [token, ...others] = meant;
  if (token === undefined) throw new CliError(exitCodes.userFailure, `There is no token "${reference}".`);
  if (others.length > 0) {
    throw new CliError(exitCodes.wrongUse, `${meant.length} tokens are called "${reference}".`, {
      hint: 'Name it by its id: "trunkline token list" shows them.',
    });
  }
  await api.remove(`${path}/${token.id}`);
  if (options.json) return printJson(terminal, { id: token.id, name: token.name });
  terminal.print(`The token "${token.name}" no longer works.\n`);
}

function limitText({ repositories, pipelines }: Token): string {
  return [repositories, pipelines].flatMap((names) => (names == null ? [] : [names.join(',')])).join('; ');
}

function ago(moment: Date | null, now: Date): string {
  return moment === null ? 'never' : `${agoText(moment, now)} ago`;
}
