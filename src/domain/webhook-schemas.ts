import { z } from 'zod';

/** A text of a webhook; '' where it is missing, something else, too long, or nothing that a database can hold. */
export const text = z
  .string()
  .max(2_000)
  .refine((value) => value.isWellFormed() && !value.includes('\0'))
  .catch('');

/** A number that counts something, from 1 on; 0 where it is missing or something else. */
export const number = z.int().positive().catch(0);

const paths = z.array(z.string()).catch([]);

/** The commits of a push, as GitLab, GitHub, Gitea and Forgejo all list them. */
export const pushedCommits = z
  .array(
    z
      .looseObject({ added: paths, modified: paths, removed: paths })
      .catch({ added: [], modified: [], removed: [] }),
  )
  .catch([]);
