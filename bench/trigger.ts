import type { Db } from '../src/store/database.ts';
import { joinEmbeddedPostgres } from '../src/store/embedded-postgres.ts';
import { baseImage, dockerEngine } from '../test/support/docker.ts';
import { installHook, openSite } from '../test/support/site.ts';
import { startSubversion } from '../test/support/subversion.ts';
import { temporaryFolder } from '../test/support/temporary-folder.ts';
import { waitFor } from '../test/support/wait-for.ts';
import { startBareServer } from './bare-server.ts';
import { makeClockImage, readTime, takeTime } from './clock-image.ts';
import { checkOut } from './commits.ts';
import { type BenchReport, figureOf, machine } from './figures.ts';

const warmUp = 2;

/** From the return of `svn commit` to the first step, and to the first step's container. */
export async function benchTrigger(n = 40): Promise<BenchReport> {
  await using site = await openSite();
  const { host: engine } = await dockerEngine();
  const image = await makeClockImage(engine, await baseImage());
  await site.subversion.commit({ files: { [`${folder}/file.txt`]: '0\n' } });
  await using trunkline = await site.serve({ pipelines: { cart: clockPipeline(image) } });
  await installHook(site.subversion, trunkline.url);
  await using store = await trunkline.openStore();

  const { url } = await joinEmbeddedPostgres({ dataDir: trunkline.dataDir });
  await using workspace = await temporaryFolder();
  await using ours = await checkOut(site.subversion, folder);
  await using starting = await openFloor(url, engine);
  starting.bare.startContainers(sameContainer(image, workspace.path));
  await using reading = await openFloor(url, engine);
  reading.bare.readLogs(reading.root);

  const steps: Pair[] = [];
  const stepsAfterLog: Pair[] = [];
  const containers: Pair[] = [];
  for (let round = 1 - warmUp; round <= n; round += 1) {
    const committedAt = await ours.commit('file.txt', `${round}\n`);
    const own = await lastStep(store.db, { round: round + warmUp, read: trunkline.api.log });
    const at = await starting.commit(round);
    const row = await starting.bare.nextRow();
    const floorTime = readTime(await starting.bare.nextOutput()) ?? Number.NaN;
    const readingAt = await reading.commit(round);
    const log = await reading.bare.nextLog();
    if (round < 1) continue;
    const step = own.beganAt - committedAt;
    steps.push({ ours: step, floor: row - at });
    stepsAfterLog.push({ ours: step, floor: log - readingAt });
    containers.push({ ours: own.containerAt - committedAt, floor: floorTime - at });
  }
  return {
    name: 'trigger',
    machine: machine(),
    n,
    figures: [
      ...figureOf(
        { figure: 'commit to first step', unit: 'ms', goals: [{ of: 'ratio.median', atMost: 3 }] },
        steps,
      ),
      ...figureOf(
        {
          figure: 'commit to first step, the floor with one bare `svn log`',
          unit: 'ms',
          goals: [{ of: 'ratio.median', atMost: 3 }],
        },
        stepsAfterLog,
      ),
      ...figureOf(
        {
          figure: 'commit to the time that the container takes',
          unit: 'ms',
          goals: [
            { of: 'ratio.median', atMost: 1.25 },
            { of: 'ratio.p99', atMost: 1.5 },
          ],
        },
        containers,
      ),
    ],
  };
}

interface Pair {
  ours: number;
  floor: number;
}

const folder = 'trunk/services/cart';

/** A repository of its own whose hook a bare server answers. */
async function openFloor(databaseUrl: string, engine: string) {
  await using opened = new AsyncDisposableStack();
  const subversion = opened.use(await startSubversion());
  await subversion.commit({ files: { [`${folder}/file.txt`]: '0\n' } });
  const bare = opened.use(await startBareServer(databaseUrl, engine));
  await installHook(subversion, bare.url);
  const copy = opened.use(await checkOut(subversion, folder));
  const owned = opened.move();
  return {
    bare,
    root: subversion.root,
    commit: (round: number) => copy.commit('file.txt', `${round}\n`),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

function clockPipeline(image: string): string {
  return JSON.stringify({
    name: 'cart',
    source: { repository: 'shop', path: 'services/cart' },
    on: { commit: { branches: ['trunk'] } },
    steps: [{ id: 'clock', run: { image, commands: [takeTime] } }],
  });
}

/** What a `run` step of Trunkline would start, but for its workspace, which stays empty. */
function sameContainer(image: string, workspace: string) {
  return {
    owner: { run: `bare-${process.pid}`, step: 'clock', attempt: 0 },
    image: { name: image, pull: null },
    script: takeTime,
    env: {},
    workspace,
    network: 'bridge',
    limits: { cpus: 1, memoryBytes: 2 ** 31, pids: 1024 },
    ready: async () => undefined,
    write: () => undefined,
  };
}

/** When the run of this round began its step, and what its container took as the time. */
async function lastStep(
  db: Db,
  { round, read }: { round: number; read(runId: string): Promise<string> },
): Promise<{ beganAt: number; containerAt: number }> {
  const run = await waitFor(
    async () =>
      db
        .selectFrom('run')
        .innerJoin('step', 'step.run_id', 'run.id')
        .select(['run.id', 'step.started_at'])
        .where('run.number', '=', round)
        .where('run.state', '=', 'ended')
        .executeTakeFirst(),
    { what: `run ${round} to end`, deadlineMs: 60_000 },
  );
  const containerAt = readTime(await read(run.id));
  if (run.started_at === null || containerAt === undefined) throw new Error(`run ${round} took no time`);
  return { beganAt: run.started_at.getTime(), containerAt };
}
