import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { compiledCode } from '../support/compiled-code.ts';
import { startDatabase } from '../support/postgres.ts';
import { type Subversion, startSubversion } from '../support/subversion.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { waitFor } from '../support/wait-for.ts';
import { loadCommits } from './load-commits.ts';
import { cursorIn, pipelineOf, prepareTriggers, runsIn, type Triggers } from './triggers-under-test.ts';

const leastRevisions = 150;
/** Some kills come before the server has read anything, some in the middle, some after. */
const longestLifeMs = 600;

export interface ReadUnderKills {
  /** What was committed, in order. */
  revisions: number[];
  /** As `runsIn`. */
  runs: string[];
  /** The stored changes, in order. */
  moves: number[];
}

/** Commits in a burst while one server after the other is killed -9 at a random moment; the last one may finish. */
export async function readUnderKills(given: { seed: number; kills: number }): Promise<ReadUnderKills> {
  await using postgres = await startDatabase();
  await using subversion = await startSubversion();
  await subversion.commit({ files: { 'trunk/a.txt': '1' } });
  const pipelines = [pipelineOf('app')];
  await using server = await prepareTriggers({ databaseUrl: postgres.url, subversion, pipelines });
  const random = randomFrom(given.seed);
  await watchInProcess({ databaseUrl: postgres.url, subversion }, async () => {
    await waitFor(async () => (await cursorIn(server.store)) === 1, { what: 'the first contact' });
  });

  let kills = 0;
  const burst = commitInPieces(subversion, server, () => kills < given.kills);
  for (; kills < given.kills; kills += 1) {
    await watchInProcess({ databaseUrl: postgres.url, subversion }, () => delay(random() * longestLifeMs));
  }
  const last = await burst;
  await server.watch();
  const reached = async () => (await cursorIn(server.store)) === last;
  await waitFor(reached, { what: 'the last revision', deadlineMs: 60_000 });
  const changes = await server.store.db.selectFrom('change').select('move').orderBy('move').execute();
  return {
    revisions: Array.from({ length: last - 1 }, (_, index) => index + 2),
    runs: await runsIn(server.store),
    moves: changes.map(({ move }) => move),
  };
}

/** Five commits at a time, each piece announced by one hook, for as long as `isWanted`. @returns the last revision */
async function commitInPieces(
  subversion: Subversion,
  server: Triggers,
  isWanted: () => boolean,
): Promise<number> {
  let from = 2;
  for (; from < leastRevisions || isWanted(); from += 5) {
    await loadCommits(subversion.path, { file: 'trunk/a.txt', from, count: 5 });
    await server.hook(from + 4);
  }
  return from - 1;
}

/** Lets a server of its own watch until `end` resolves, then kills it. */
async function watchInProcess(
  given: { databaseUrl: string; subversion: Subversion },
  end: () => Promise<void>,
): Promise<void> {
  const { databaseUrl, subversion } = given;
  await using scratch = await temporaryFolder();
  const program = join(import.meta.dirname, 'watching-process.ts');
  const child = spawn(process.execPath, [program, databaseUrl, subversion.root, subversion.uuid], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, ...compiledCode(), TMPDIR: scratch.path },
  });
  try {
    await once(child.stdout, 'data');
    await end();
  } finally {
    child.kill('SIGKILL');
    await once(child, 'exit');
  }
}

/** Numbers in [0, 1), the same for the same seed. */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 48_271) % 2_147_483_647;
    return state / 2_147_483_647;
  };
}
