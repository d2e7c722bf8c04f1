import { ChildProcess } from 'node:child_process';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { Callback, Options } from 'node-svn-ultimate';
import { Fault } from '../../domain/fault.ts';
import { quoteForShell } from '../quote-for-shell.ts';
import { supervise } from './supervised-child.ts';
import { type SvnClient, svnCommand } from './svn-client.ts';
import { type Attempt, faultOfDeadline, faultOfSvn } from './svn-fault.ts';

/** A question that svn answers with little output. */
export interface SvnQuery {
  subcommand: 'info' | 'list' | 'cat' | 'externals';
  /** Canonical, without peg revision; or the path of a working copy. */
  url: string;
  /** A number, or HEAD; null: as the working copy has it. */
  revision: string | null;
  /** The revision at which the URL is looked up, where that is another one. */
  peg?: string;
  attempt: Attempt;
  deadlineMs: number;
  maxBytes: number;
}

/**
 * Asks through node-svn-ultimate, which joins its arguments to one shell line, knows no time limit and drops what
 * svn complained of. So every argument is quoted here, and its process is taken at birth and supervised.
 * @returns the text for `cat`, else the XML as plain objects
 * @throws Fault; the signal's reason when it aborts
 */
export async function querySvn(client: SvnClient, query: SvnQuery, signal: AbortSignal): Promise<unknown> {
  const { commands } = await import('node-svn-ultimate');
  signal.throwIfAborted();
  const options = libraryOptions(client, query);
  const target = quoteForShell(
    query.revision === null ? query.url : `${query.url}@${query.peg ?? query.revision}`,
  );
  const { promise: answer, resolve, reject } = Promise.withResolvers<unknown>();
  const callback: Callback = (error, result) => (error === null ? resolve(result) : reject(error));
  const child = childStartedBy(() => {
    if (query.subcommand === 'externals') commands.propget('svn:externals', target, options, callback);
    else commands[query.subcommand](target, options, callback);
  });
  await using supervised = supervise(child, { input: client.stdin, totalMs: query.deadlineMs, signal });
  try {
    return await answer;
  } catch (error) {
    signal.throwIfAborted();
    const silence = supervised.stopReason();
    if (silence !== undefined) throw faultOfDeadline(query.attempt, silence);
    throw faultOfFailedQuery(query, error, supervised.stderr());
  }
}

/** `env -i` keeps the server's environment, which may hold secrets, out of it; `timeout` leads a process group. */
function libraryOptions(
  client: SvnClient,
  { subcommand, revision, deadlineMs, maxBytes }: SvnQuery,
): Options {
  const environment = Object.entries(client.env).map(([name, value]) => `${name}=${value}`);
  const command = ['env', '-i', ...environment, ...svnCommand(client, { totalMs: deadlineMs })];
  const params = [
    ...(revision === null ? [] : [`--revision=${revision}`]),
    ...(subcommand === 'externals' ? ['--recursive'] : []),
  ];
  return {
    svn: `exec ${command.map(quoteForShell).join(' ')}`,
    params: params.map(quoteForShell),
    maxBuffer: maxBytes,
    quiet: true,
    noStandardOptions: true,
  };
}

/** The child process that `start` creates. Node announces it on this channel before `start` returns. */
function childStartedBy(start: () => void): ChildProcess {
  const started: ChildProcess[] = [];
  const onProcess = (message: unknown) => {
    if (!(message instanceof Object && 'process' in message)) return;
    if (message.process instanceof ChildProcess) started.push(message.process);
  };
  subscribe('child_process', onProcess);
  try {
    start();
  } finally {
    unsubscribe('child_process', onProcess);
  }
  const [child] = started;
  if (child === undefined) throw new Fault('internal', 'Starting svn failed: no process was announced');
  return child;
}

function faultOfFailedQuery({ attempt, maxBytes }: SvnQuery, error: unknown, stderr: string): Fault {
  const isTooLong =
    error instanceof Error && 'code' in error && error.code === 'ERR_CHILD_PROCESS_STDIO_MAXBUFFER';
  if (!isTooLong) return faultOfSvn(attempt, stderr);
  return new Fault('scm-broken-tree', `${attempt.what} failed: it is longer than ${maxBytes} bytes`, {
    hint: 'Make it smaller in the repository',
    isRetryable: false,
  });
}
