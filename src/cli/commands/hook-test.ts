import { execFile } from 'node:child_process';
import { accessSync, constants, existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { readClientSettings } from '../../config/client-settings.ts';
import { answers } from '../answers.ts';
import { CliError, exitCodes } from '../cli-error.ts';
import { type CliContext, type CommandTools, createContext, printJson, readAnswer } from '../context.ts';
import { explanation } from '../explanation.ts';
import { isOurs } from '../hooks/hook-scripts.ts';
import { type ServedRepository, servedRepository } from '../hooks/served-repository.ts';
import { shellWord } from '../hooks/shell-word.ts';
import { foreignHook } from '../hooks/write-hook.ts';

/** Longer than the script tries. */
const scriptWithinMs = 20_000;
const handledWithinMs = 30_000;

/**
 * Proves the hook of a repository on this machine: runs it as its server does, with the newest revision, and follows
 * the event to what every pipeline made of it.
 * @throws CliError that says which part failed and what to do
 */
export async function testHook(
  { terminal, environment }: CommandTools,
  path: string,
  options: { json?: boolean },
): Promise<void> {
  const repository = servedRepository(path);
  const script = await installedScript(repository);
  const said = (text: string) => (options.json ? terminal.note(text) : terminal.print(text));
  said(`installed: ${script}\n`);
  const printed = await runScript(script, repository.folder);
  said(printed.replace(/^(?=.)/gm, '  '));
  const event = /It stored event (?<id>[\w-]+)\./.exec(printed)?.groups?.id;
  if (event === undefined)
    throw new CliError(exitCodes.ourFault, 'The server did not say which event it stored.');
  said(`authenticated and stored: event ${event}\n`);
  if (environment.TRUNKLINE_TOKEN === undefined) {
    terminal.note('What comes of it needs TRUNKLINE_TOKEN: "trunkline token create NAME" makes one.\n');
    return options.json ? printJson(terminal, { event }) : undefined;
  }
  const url = (await readFile(join(repository.settings, 'trunkline.url'), 'utf8')).trim();
  const context = createContext(terminal, readClientSettings({ TRUNKLINE_URL: url, ...environment }));
  const answer = await handledEvent(context, event);
  if (options.json) return printJson(terminal, answer);
  const handled = readAnswer(answers.event, answer);
  terminal.print(explanation(terminal, handled, new Date()));
  if (handled.changes.length > 0) return;
  terminal.note(
    'Revisions that were there before the first look make no runs: the next commit shows the rest.\n',
  );
}

/** The script of ours that the server will call. @throws CliError when it will not */
async function installedScript({ kind, folder }: ServedRepository): Promise<string> {
  const name = kind === 'svn' ? 'post-commit' : 'post-receive';
  const hook = join(folder, 'hooks', name);
  const install = { hint: `Install it: trunkline hook install ${shellWord(folder)}` };
  if (!existsSync(hook)) throw new CliError(exitCodes.userFailure, `There is no hook ${hook}.`, install);
  assertExecutable(hook);
  if ((await foreignHook(folder, { name, rivals: [] })) === null) return hook;
  const called = (await readFile(hook, 'utf8')).match(/[^\s"']*(?:trunkline-|svn-|git-)post-[a-z-]+/)?.[0];
  if (called === undefined) {
    throw new CliError(
      exitCodes.userFailure,
      `${hook} is somebody's own and does not call Trunkline's.`,
      install,
    );
  }
  const script = [called.replace(/^\$\{?\w+\}?/, folder), join(folder, called)].find(existsSync);
  if (script === undefined || !isOurs(await readFile(script, 'utf8'))) {
    throw new CliError(exitCodes.userFailure, `${hook} calls ${called}, which is not there.`, install);
  }
  assertExecutable(script);
  return script;
}

function assertExecutable(file: string): void {
  try {
    accessSync(file, constants.X_OK);
  } catch {
    throw new CliError(exitCodes.userFailure, `${file} is not executable: nobody calls it.`, {
      hint: `chmod 755 ${shellWord(file)}`,
    });
  }
}

/** Runs it as servers do, with an empty environment. @throws CliError with what it said when it failed */
async function runScript(script: string, folder: string): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const options = { env: {}, timeout: scriptWithinMs, killSignal: 'SIGKILL' as const };
  execFile(script, ['--test', folder], options, (error, stdout) => {
    if (error === null) return resolve(stdout);
    const said = stdout.trim() === '' ? `${script} --test did not end well` : stdout.trim();
    reject(
      new CliError(exitCodes.userFailure, said, {
        cause: error,
        hint: 'hooks/README.md, "When it does not work", says what to do about each of these.',
      }),
    );
  });
  return promise;
}

async function handledEvent({ api }: CliContext, id: string): Promise<unknown> {
  const deadline = performance.now() + handledWithinMs;
  for (;;) {
    const answer = await api.get(`/api/v1/events/${id}`);
    const { state } = readAnswer(answers.event, answer);
    if (state !== 'received' || performance.now() > deadline) return answer;
    await pause(200);
  }
}
