import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { namePattern } from '../../domain/names.ts';
import { CliError, exitCodes } from '../cli-error.ts';
import { type CommandTools, printJson } from '../context.ts';
import { type HookKind, hookScripts } from '../hooks/hook-scripts.ts';
import { type ServedRepository, servedRepository } from '../hooks/served-repository.ts';
import { shellWord } from '../hooks/shell-word.ts';
import { replaceFile, type WrittenHook, writeHook } from '../hooks/write-hook.ts';
import { readTextFile } from '../pipeline-files.ts';
import type { Terminal } from '../terminal.ts';

export interface HookInstallOptions {
  kind?: HookKind;
  url?: string;
  /** What trunkline.yaml calls the repository; Git only. */
  name?: string;
  tokenFile?: string;
  json?: boolean;
}

/**
 * Prints a hook, or installs it in a repository on this machine; never over somebody's own.
 * @throws CliError when something is left to do by hand
 */
export async function installHook(
  { terminal }: Pick<CommandTools, 'terminal'>,
  path: string | undefined,
  options: HookInstallOptions,
): Promise<void> {
  if (path === undefined) return printScripts(terminal, options);
  const repository = servedRepository(path);
  const kind = kindFor(repository, options.kind);
  const settings = await writeSettings(repository, options);
  const hooks: WrittenHook[] = [];
  for (const script of await hookScripts(kind)) hooks.push(await writeHook(repository.folder, script));
  if (options.json) printJson(terminal, { ...repository, hooks, settings });
  else terminal.print(report(repository, hooks, settings).join('\n'));
  if (hooks.some(({ outcome }) => outcome === 'beside')) throw new CliError(exitCodes.userFailure);
}

async function printScripts(terminal: Terminal, { kind = 'svn', json }: HookInstallOptions): Promise<void> {
  const scripts = await hookScripts(kind);
  if (json)
    return printJson(terminal, {
      kind,
      scripts: scripts.map(({ name, source }) => ({ file: `hooks/${name}`, text: source })),
    });
  const sources = Map.groupBy(scripts, ({ source }) => source);
  for (const [source, same] of sources) {
    terminal.note(`For ${same.map(({ name }) => `hooks/${name}`).join(' and ')}:\n`);
    terminal.print(source);
  }
}

function kindFor({ kind }: ServedRepository, wanted: HookKind | undefined): HookKind {
  const kinds: HookKind[] = kind === 'svn' ? ['svn', 'windows'] : ['git'];
  const usual = kind === 'svn' && process.platform === 'win32' ? 'windows' : kind;
  if (wanted === undefined) return usual;
  if (kinds.includes(wanted)) return wanted;
  throw new CliError(
    exitCodes.wrongUse,
    `The repository is of kind ${kind}: --kind ${wanted} does not fit it.`,
  );
}

interface WrittenSettings {
  url: string;
  header: string;
  /** Whether the token is one that was made up just now. */
  isNewToken: boolean;
}

async function writeSettings(
  repository: ServedRepository,
  options: HookInstallOptions,
): Promise<WrittenSettings> {
  const file = (name: string) => join(repository.settings, `trunkline.${name}`);
  const header = file('header');
  const token = await tokenFrom(options.tokenFile);
  const isNewToken = token === undefined && !existsSync(header);
  const [url, name] = [checkedUrl(options.url), checkedName(options.name)];
  await writeLine(file('url'), url, '--url https://ci.example.com');
  if (repository.kind === 'git') await writeLine(file('name'), name, '--name NAME');
  const written = isNewToken ? randomBytes(32).toString('hex') : token;
  if (written !== undefined) await replaceFile(header, `Authorization: Bearer ${written}\n`, 0o600);
  return { url: file('url'), header, isNewToken };
}

/** What is there already stays when nothing else is given. */
async function writeLine(file: string, value: string | undefined, option: string): Promise<void> {
  if (value !== undefined) return replaceFile(file, `${value}\n`, 0o644);
  if (existsSync(file)) return;
  throw new CliError(exitCodes.wrongUse, `${file} is not there yet.`, { hint: `Say what it is: ${option}` });
}

function checkedUrl(url: string | undefined): string | undefined {
  if (url === undefined) return undefined;
  const parsed = URL.parse(url);
  if (/\/hooks(?:\/[a-z]+)?\/?$/.test(parsed?.pathname ?? '')) {
    throw new CliError(exitCodes.wrongUse, `--url is a path of the server, not its address: ${url}`, {
      hint: 'The hook adds the path by itself: leave out what begins with /hooks',
    });
  }
  if (/^https?:$/.test(parsed?.protocol ?? '')) return url;
  throw new CliError(exitCodes.wrongUse, `--url is not the address of a server: ${url}`, {
    hint: 'It begins with http:// or https://, as in https://ci.example.com',
  });
}

function checkedName(name: string | undefined): string | undefined {
  if (name === undefined || namePattern.test(name)) return name;
  throw new CliError(exitCodes.wrongUse, `--name is not the name of a repository: ${JSON.stringify(name)}`, {
    hint: 'Give the one that it has under "repositories" in trunkline.yaml',
  });
}

/** Arguments are public, so the token comes from a file; `-` is standard input. */
async function tokenFrom(file: string | undefined): Promise<string | undefined> {
  if (file === undefined) return undefined;
  const token = (await (file === '-' ? readFile('/dev/stdin', 'utf8') : readTextFile(file))).trim();
  if (/^[\x21-\x7e]+$/.test(token)) return token;
  throw new CliError(exitCodes.wrongUse, `${file} holds no token: one line without spaces.`);
}

function report(repository: ServedRepository, hooks: WrittenHook[], settings: WrittenSettings): string[] {
  const lines = hooks.map(({ name, file, outcome }) => `${name}: ${file} ${outcomes[outcome]}`);
  const beside = hooks.filter(({ outcome }) => outcome === 'beside');
  return [
    ...lines,
    ...(settings.isNewToken
      ? [
          `A new token is in ${settings.header}, after "Bearer": put the same into the file`,
          'that `hook: { token: { file: ... } }` of the repository names in trunkline.yaml, and restart the server.',
        ]
      : []),
    ...beside.flatMap((hook) => chaining(repository, hook)),
    `Try it: trunkline hook test ${shellWord(repository.folder)}`,
    '',
  ];
}

const outcomes: Record<WrittenHook['outcome'], string> = {
  written: 'is written',
  'up-to-date': 'is there already',
  beside: 'is written; the hook that was there is untouched and does not call it yet',
  chained: 'is written; the hook that was there calls it',
};

function chaining({ kind }: ServedRepository, { name, file }: WrittenHook): string[] {
  const head = ['', `Add to ${name}, before anything that may end it:`];
  if (file.endsWith('.cmd')) return [...head, `  call "%~dp0trunkline-${name}" "%~1" "%~2"`];
  if (kind === 'svn') return [...head, `  "$1/hooks/trunkline-${name}" "$1" "$2"`];
  return [
    '',
    `Add to ${name}, before anything that reads what was pushed:`,
    '  pushed=$(cat)',
    `  printf '%s\\n' "$pushed" | hooks/trunkline-${name}`,
    '  exec <<EOF',
    '  $pushed',
    '  EOF',
    'with $pushed and EOF at the beginning of their lines.',
  ];
}
