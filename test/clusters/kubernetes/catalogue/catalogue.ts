import { containerRows } from './container-rows.ts';
import { imageRows } from './image-rows.ts';
import { placementRows } from './placement-rows.ts';
import type { CatalogueRow } from './row.ts';
import { volumeRows } from './volume-rows.ts';

/** The ways for a rollout to fail that a real cluster of one node can show. */
export const catalogue: CatalogueRow[] = [...imageRows, ...containerRows, ...volumeRows, ...placementRows];
