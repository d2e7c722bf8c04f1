import { cause } from './en/cause.ts';
import { lint } from './en/lint.ts';
import { pages } from './en/pages.ts';
import { parts } from './en/parts.ts';
import { workers } from './en/workers.ts';

/** What the page says in English. Words that come from the server are English everywhere; hints are not (`domain/hint.ts`). */
export const en = { ...parts, ...pages, ...cause, ...lint, ...workers };

/** The same keys, other texts. */
export type Words<T> = { [K in keyof T]: T[K] extends string ? string : Words<T[K]> };
