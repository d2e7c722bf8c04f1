import type { en, Words } from './en.ts';
import { cause } from './zh/cause.ts';
import { lint } from './zh/lint.ts';
import { pages } from './zh/pages.ts';
import { parts } from './zh/parts.ts';
import { workers } from './zh/workers.ts';

/** 中文界面。 */
export const zh: Words<typeof en> = { ...parts, ...pages, ...cause, ...lint, ...workers };
