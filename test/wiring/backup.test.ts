import { appendFile, chmod, readdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { sql } from 'kysely';
import { expect, test } from 'vitest';
import { freePort } from '../support/free-port.ts';
import { type Program, startProgram } from '../support/program.ts';
import { type Subversion, startSubversion } from '../support/subversion.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { embeddedPostgresPid, startTrunkline, type Trunkline } from '../support/trunkline.ts';
import { waitFor } from '../support/wait-for.ts';

const waiting = `
name: waiting
source: { repository: shop }
on: { commit: { branches: [trunk], revisions: every } }
concurrency: { group: '\${revision}' }
steps: [{ id: sign-off, approve: { by: [release] } }]
`;

const started = `
name: started
source: { repository: shop }
on: { commit: { branches: [trunk], revisions: every } }
concurrency: { group: '\${revision}' }
steps: [{ id: other, trigger: { pipeline: waiting } }]
`;

test('a server that is restored from a backup of its busy time ends what it had begun, and reads on', async () => {
  await using subversion = await startSubversion();
  await using first = await startShop(subversion);
  await using backups = await folderForAll();
  await commitMany(subversion, 3);
  await waitFor(async () => (await first.api.runs('waiting')).length >= 3, {
    what: 'the first runs',
    deadlineMs: 120_000,
  });

  const [backup] = await Promise.all([
    command(first, ['backup', backups.path, '--json']),
    commitMany(subversion, 10),
  ]);
  const made = JSON.parse(backup.stdout);
  await commitMany(subversion, 3);
  await waitForRevisions(first, 16);
  await endServer(first);
  const restored = join(backups.path, 'restored');
  const restore = await command(first, ['restore', made.file, '--data-dir', restored]);
  await using second = await startShop(subversion, { DATA_DIR: restored }, first.token);

  expect([backup.exitCode, restore.exitCode]).toEqual([0, 0]);
  expect((await stat(made.file)).mode & 0o777).toBe(0o600);
  await waitForRevisions(second, 16);
  const revisions = await changesOf(second);
  expect(revisions.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 16 }, (_, index) => index + 1));
  const runs = (await second.api.runs('waiting')).filter(({ trigger }) => trigger === 'commit');
  const before = runs.filter(({ reason }) => reason?.includes('restored from a backup'));
  const after = runs.filter((run) => !before.includes(run));
  expect(before.length).toBeGreaterThanOrEqual(3);
  expect(new Set(before.map(({ outcome }) => outcome))).toEqual(new Set(['cancelled']));
  expect(after.map(({ revision }) => revision)).toEqual(['16']);
  expect(await alarmsOf(second)).toEqual([
    expect.stringMatching(/^The server was restored from a backup of .* runs for the newest only$/),
  ]);

  const next = await subversion.commit({ files: { 'trunk/last.txt': 'last' } });
  await waitForRevisions(second, next);
  const last = (await second.api.runs('waiting')).findLast(({ trigger }) => trigger === 'commit');
  expect(last?.revision).toBe(String(next));
});

test('what is killed in the middle of a backup or a restore leaves nothing that looks whole', async () => {
  await using subversion = await startSubversion();
  await using server = await startShop(subversion);
  await using backups = await folderForAll();
  await fillLog(server, 24);
  const file = join(backups.path, 'whole.tar.gz');
  const restored = join(backups.path, 'restored');
  const draft = join(backups.path, '.whole.tar.gz.unfinished');

  await killOnce(program(server, ['backup', file]), async () => (await stat(draft)).size > 1_000_000);
  expect(await readdir(backups.path)).toEqual(['.whole.tar.gz.unfinished']);
  await rm(draft);
  const stopped = program(server, ['backup', file]);
  await waitFor(async () => (await stat(draft)).size > 1_000_000, {
    what: 'a part of it',
    everyMs: 5,
    deadlineMs: 120_000,
  });
  stopped.signal('SIGINT');
  expect((await stopped.ended).exitCode).toBe(1);
  expect(stopped.stderr()).toContain('trunkline: The backup was stopped; nothing is left of it.\n');
  expect(await readdir(backups.path)).toEqual([]);
  expect((await command(server, ['backup', file])).exitCode).toBe(0);
  expect(await readdir(backups.path)).toEqual(['whole.tar.gz']);
  expect((await command(server, ['backup', file])).exitCode).toBe(2);

  await endServer(server);
  const restore = () => program(server, ['restore', file, '--data-dir', restored]);
  await killOnce(restore(), () => isLoading(restored));
  await using begun = program(server, ['serve', '--data-dir', restored, '--port', String(await freePort())]);
  expect((await begun.ended).exitCode).toBe(3);
  expect(begun.stderr()).toContain(`A restore into ${restored} has not come to its end`);
  const again = restore();
  expect((await again.ended).exitCode).toBe(0);
  expect(await readdir(restored)).toEqual(['postgres']);
  expect(await embeddedPostgresPid(join(restored, 'restoring'))).toBeUndefined();
  const used = restore();
  expect((await used.ended).exitCode).toBe(2);

  await using second = await startShop(subversion, { DATA_DIR: restored }, server.token);
  expect(await logSize(second)).toBe(24 * 2 ** 20);
});

test('a backup that is not as it was written is refused, and nothing of it is restored', async () => {
  await using subversion = await startSubversion();
  await using server = await startShop(subversion);
  await using backups = await folderForAll();
  await fillLog(server, 2);
  const file = join(backups.path, 'whole.tar.gz');
  await command(server, ['backup', file]);
  await endServer(server);
  const whole = await readFile(file);
  const restored = join(backups.path, 'restored');
  const restore = async () => (await command(server, ['restore', file, '--data-dir', restored])).stderr;

  await truncate(file, whole.length - 20);
  expect(await restore()).toContain('is no whole backup: it cannot be read to its end');
  await writeFile(file, Buffer.from(whole).fill(0x55, whole.length >> 1, (whole.length >> 1) + 10));
  expect(await restore()).toContain('is no whole backup');
  await writeFile(file, 'no archive');
  expect(await restore()).toContain('is no whole backup');
  expect(await readdir(restored)).toEqual([]);
  await rm(file);
  expect(await restore()).toContain(
    `Cannot read the backup: ENOENT: no such file or directory, access '${file}'`,
  );
  await writeFile(file, whole);
  await appendFile(join(restored, 'strange'), '');
  expect(await restore()).toContain('is not empty: it has strange');
});

test('a server whose database is elsewhere is told how to back that up', async () => {
  await using folder = await folderForAll();

  const refused = startProgram(['backup', 'x.tar.gz'], {
    cwd: folder.path,
    environment: { DATABASE_URL: 'postgres://db.example.com/ci' },
  });

  expect((await refused.ended).exitCode).toBe(2);
  expect(refused.stderr()).toContain('pg_dump');
});

function startShop(subversion: Subversion, environment: Record<string, string> = {}, token?: string) {
  return startTrunkline({
    config: {
      repositories: { shop: { svn: subversion.root, poll: '1s' } },
      environments: {},
      concurrency: 2,
    },
    pipelines: { waiting, started },
    environment,
    ...(token !== undefined && { token }),
  });
}

async function folderForAll() {
  const folder = await temporaryFolder();
  // The account under which PostgreSQL runs must get to what is restored here.
  await chmod(folder.path, 0o711);
  return folder;
}

async function commitMany(subversion: Subversion, count: number): Promise<void> {
  for (let number = 0; number < count; number += 1)
    await subversion.commit({ files: { 'trunk/file.txt': `${number} of ${count}, ${Math.random()}` } });
}

function program({ dataDir }: Trunkline, args: string[]): Program {
  const cwd = join(dataDir, '..');
  return startProgram(args, { cwd, environment: args.includes('--data-dir') ? {} : { DATA_DIR: dataDir } });
}

async function command(server: Trunkline, args: string[]) {
  await using started = program(server, args);
  const { exitCode } = await started.ended;
  return { exitCode, stdout: started.stdout(), stderr: started.stderr() };
}

async function killOnce(killed: Program, isMoment: () => Promise<boolean>): Promise<void> {
  await waitFor(isMoment, { what: 'the moment to kill', everyMs: 5, deadlineMs: 120_000 });
  await killed.kill();
}

async function isLoading(restored: string): Promise<boolean> {
  const file = await readFile(join(restored, 'restoring/postgres/cluster/postmaster.pid'), 'utf8');
  return file.includes('ready');
}

async function endServer({ server }: Trunkline): Promise<void> {
  server.signal('SIGTERM');
  await server.ended;
}

async function waitForRevisions(server: Trunkline, newest: number): Promise<void> {
  await waitFor(async () => Math.max(...(await changesOf(server))) === newest, {
    what: `r${newest} to be decided`,
    deadlineMs: 120_000,
  });
}

async function changesOf(server: Trunkline): Promise<number[]> {
  await using store = await server.openStore();
  const rows = await store.db.selectFrom('change').select('revision').execute();
  return rows.map(({ revision }) => Number(revision));
}

async function alarmsOf(server: Trunkline): Promise<string[]> {
  await using store = await server.openStore();
  const { rows } = await sql<{ alarm: string }>`
    select body ->> 'alarm' as alarm from event where body ->> 'alarm' is not null`.execute(store.db);
  return rows.map(({ alarm }) => alarm);
}

/** @param size in MiB, of text that cannot be compressed much */
async function fillLog(server: Trunkline, size: number): Promise<void> {
  await using store = await server.openStore();
  await sql`
    insert into log_chunk (day, run_id, seq, step_id, at, text)
    select current_date, 'run', number, 'step', now(),
      (select string_agg(md5(number || '-' || piece), '') from generate_series(1, 1024) as piece)
    from generate_series(1, ${size * 32}::int) as number`.execute(store.db);
}

async function logSize(server: Trunkline): Promise<number> {
  await using store = await server.openStore();
  const { rows } = await sql<{ size: number }>`select sum(length(text)) as size from log_chunk`.execute(
    store.db,
  );
  return Number(rows[0]?.size);
}
