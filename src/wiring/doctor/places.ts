import { constants } from 'node:fs';
import { access, stat, statfs } from 'node:fs/promises';
import { createServer } from 'node:net';
import { dirname } from 'node:path';
import { codeOf } from '../../config/config-reading.ts';
import type { ServerConfig } from '../../config/server-config.ts';
import { type Finding, fine, problem } from '../../domain/finding.ts';
import { examineDatabase, examineEmbedded, type SeenDatabase } from '../../store/examine-database.ts';
import { clockFinding } from './clock.ts';

const answerWithinMs = 5_000;

/** A Trunkline that listens there already is what one would hope for. */
export async function examinePort({ http: { host, port } }: ServerConfig): Promise<Finding> {
  const part = 'address';
  const code = await new Promise<string>((resolve) => {
    const server = createServer();
    server.once('error', (error) => resolve(codeOf(error)));
    server.listen({ host, port }, () => server.close(() => resolve('')));
  });
  if (code === '') return fine(part, `${host}, port ${port}, is free`);
  if (code === 'EADDRINUSE' && (await isTrunkline(host, port)))
    return fine(part, `a Trunkline answers at ${host}, port ${port}`);
  const hint =
    code === 'EADDRINUSE'
      ? `Find out which with \`ss -ltnp 'sport = :${port}'\`, or set another PORT.`
      : 'Set another HOST or PORT.';
  const text = code === 'EADDRINUSE' ? 'another program listens' : `cannot listen (${code})`;
  return problem(part, `${text} at ${host}, port ${port}`, hint);
}

async function isTrunkline(host: string, port: number): Promise<boolean> {
  const name = host.includes(':') ? `[${host}]` : host === '0.0.0.0' ? '127.0.0.1' : host;
  try {
    const answer = await fetch(`http://${name}:${port}/healthz`, {
      signal: AbortSignal.timeout(answerWithinMs),
    });
    return answer.ok && answer.headers.has('x-request-id');
  } catch {
    return false;
  }
}

/** Less than that, and a build fills it. */
const littleBytes = 2 * 2 ** 30;

export async function examineDataFolder({ dataDir, disk }: ServerConfig): Promise<Finding> {
  const part = 'data folder';
  const folder = await nearest(dataDir);
  try {
    await access(folder, constants.W_OK | constants.X_OK);
  } catch {
    const { uid } = await stat(folder);
    const hint = `It belongs to the user ${uid}: run as that user, or set another DATA_DIR.`;
    return problem(part, `${folder} cannot be written to by the user ${process.getuid?.()}`, hint);
  }
  const { bavail, bfree, blocks, bsize } = await statfs(folder);
  const used = Math.ceil((100 * (blocks - bfree)) / Math.max(1, blocks - bfree + bavail));
  const text = `${dataDir}: ${((bavail * bsize) / 2 ** 30).toFixed(1)} GiB free, ${used}% in use`;
  if (used > disk.high)
    return problem(part, text, `More than ${disk.high}% in use, and workers take no new runs: free space.`);
  if (bavail * bsize >= littleBytes) return fine(part, text);
  return { part, state: 'warning', text, hint: 'Free space: trees, caches and logs of runs lie there.' };
}

/** The folder itself, or the one in which it would be made. */
async function nearest(folder: string): Promise<string> {
  const found = await stat(folder).catch(() => undefined);
  return found !== undefined || dirname(folder) === folder ? folder : nearest(dirname(folder));
}

export async function examineDatabaseOf(config: ServerConfig): Promise<Finding[]> {
  const { databaseUrl, dataDir } = config;
  const part = 'database';
  try {
    if (databaseUrl !== null) {
      const seen = await examineDatabase(databaseUrl.reveal());
      return [
        fine(part, `PostgreSQL ${seen.version} of DATABASE_URL answers`),
        ...clockFinding(part, seen.aheadMs),
        ...unheardFindings(config, seen),
      ];
    }
    const own = await examineEmbedded(dataDir);
    if (own.state === 'running') {
      const text = `the embedded PostgreSQL ${own.seen.version} runs`;
      return [fine(part, text), ...unheardFindings(config, own.seen)];
    }
    const what = own.state === 'none' ? 'is made at the first start' : 'is at rest';
    return [fine(part, `the embedded PostgreSQL ${own.version} ${what}`)];
  } catch (error) {
    return [problem(part, error, 'Check that PostgreSQL runs, and that DATABASE_URL names it.')];
  }
}

/** What the server has to tell and cannot. */
function unheardFindings({ notify }: ServerConfig, { unheard }: SeenDatabase): Finding[] {
  const hint = 'Send a test message with `trunkline doctor --notify`. The server tries again for a day.';
  return unheard
    .filter(({ name }) => Object.hasOwn(notify, name))
    .map(({ name, error }) => problem(`notify ${name}`, `its last message was not taken: ${error}`, hint));
}
