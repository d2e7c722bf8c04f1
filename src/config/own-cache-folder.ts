import { isAbsolute, join } from 'node:path';
import type { Environment } from './config-reading.ts';

/** Where caches of whoever runs a pipeline by hand lie; null: nobody says where programs may keep any. */
export function ownCacheFolder({ XDG_CACHE_HOME, HOME, LOCALAPPDATA }: Environment): string | null {
  const below = [XDG_CACHE_HOME, HOME && join(HOME, '.cache'), LOCALAPPDATA].find(
    (folder) => folder !== undefined && isAbsolute(folder),
  );
  return below === undefined ? null : join(below, 'trunkline', 'steps');
}
