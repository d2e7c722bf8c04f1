import { randomBytes } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { z } from 'zod';
import type { DemoFolder } from './demo-folder.ts';
import { choosePort } from './ports.ts';

const schema = z.object({
  id: z.string(),
  svnPassword: z.string(),
  hookToken: z.string(),
  ports: z.object({ svn: z.int(), registry: z.int(), server: z.int(), service: z.int() }),
});

/**
 * What the next demo in this folder uses again, so that addresses in files and bookmarks stay right. `id` is eight hex
 * digits that tell this folder's demo from all others where they share names: on an engine, in a cluster.
 */
export type DemoState = z.output<typeof schema>;

/** Reads what an earlier demo left, with other ports in place of those that somebody else has taken since. */
export async function openState(folder: DemoFolder, serverPort: number | null): Promise<DemoState> {
  const file = folder.inside('state.json');
  const earlier = schema.safeParse(await readJson(file)).data;
  const ports = earlier?.ports;
  const state = {
    id: earlier?.id ?? randomBytes(4).toString('hex'),
    svnPassword: earlier?.svnPassword ?? randomBytes(12).toString('hex'),
    hookToken: earlier?.hookToken ?? randomBytes(24).toString('hex'),
    ports: {
      svn: await choosePort(ports?.svn),
      registry: await choosePort(ports?.registry),
      server: serverPort ?? (await choosePort(ports?.server ?? 7070)),
      service: await choosePort(ports?.service ?? 8080),
    },
  };
  await writeFile(file, JSON.stringify(state), { mode: 0o600 });
  return state;
}

async function readJson(file: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(file, 'utf8'));
  } catch {
    return undefined;
  }
}
