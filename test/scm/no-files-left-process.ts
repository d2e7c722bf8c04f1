import { openSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { hearFailedStarts } from '../../src/hear-failed-starts.ts';
import { runGit } from '../../src/scm/git/run-git.ts';
import { ReadyShells } from '../../src/scm/ready-shells.ts';

/** Starts programs in a process that can open no file any more, and says what came of it. */
const [, , folder = ''] = process.argv;
const home = { folder, guard: 'guard', protocols: 'file' };
const git = { args: ['status'], attempt: { what: 'Asking', credentials: null }, totalMs: 1_000 };
hearFailedStarts();
const shells = new ReadyShells();
useUp();

const answer = runGit(home, git, new AbortController().signal);
await answer.catch(() => process.stdout.write('git failed\n'));
shells.makeReady({});
// Longer than the shells rest.
await delay(700);
process.stdout.write('alive\n');

function useUp(): void {
  try {
    for (;;) openSync('/dev/null', 'r');
  } catch {
    // That was the last one.
  }
}
