import { mkdir, realpath } from 'node:fs/promises';
import { join } from 'node:path';

/** Where a demo keeps everything it makes. */
export interface DemoFolder {
  path: string;
  /** A path below it. */
  at(...parts: string[]): string;
  /** A path in the part that is nobody's business: data, sockets, secrets. */
  inside(...parts: string[]): string;
}

export async function makeDemoFolder(wanted: string): Promise<DemoFolder> {
  // PostgreSQL runs as another user and must be able to pass through.
  await mkdir(join(wanted, hidden), { recursive: true, mode: 0o711 });
  await mkdir(join(wanted, hidden, 'tmp'), { recursive: true });
  await mkdir(join(wanted, 'log'), { recursive: true });
  const path = await realpath(wanted);
  return {
    path,
    at: (...parts) => join(path, ...parts),
    inside: (...parts) => join(path, hidden, ...parts),
  };
}

const hidden = '.state';
