import { z } from 'zod';
import { branchOfRef } from '../../domain/git-names.ts';
import { hookAnswerSchema } from './event.ts';

const uuid = z.string().regex(/^[0-9A-Za-z-]{1,64}$/, 'must be the UUID of the repository');
const aNumber = 'must be the number of the revision';
const revision = z.union(
  [
    z.int(aNumber).min(0, aNumber),
    z
      .string()
      .regex(/^r?\d{1,15}$/, aNumber)
      .transform((text) => Number(text.replace('r', ''))),
  ],
  aNumber,
);

export const svnHookBody = z.object({
  uuid: uuid.describe('The UUID of the repository (`svnlook uuid`)'),
  revision: revision.describe('The revision that was committed, or whose property was changed'),
  kind: z.enum(['commit', 'revprop']).default('commit'),
});

export const jenkinsHookParams = z.strictObject({ uuid: uuid.describe('The UUID of the repository') });

export const jenkinsHookQuery = z.object({
  rev: z
    .union([z.literal('').transform(() => undefined), revision], aNumber)
    .optional()
    .describe('The revision; without it only the fact of a commit counts'),
});

const objectId = z.string().regex(/^(?:[0-9a-f]{40}|[0-9a-f]{64})$/, 'must be the full id of an object');

export const gitHookBody = z.object({
  repository: z.string().min(1).max(100).describe('The name of the repository in the config of the server'),
  ref: z
    .string()
    .refine((ref) => branchOfRef(ref) !== null, 'must be the full name of a branch or tag')
    .describe('`refs/heads/main`, `refs/tags/v1`'),
  before: objectId.describe('What the ref was; zeros where it is new'),
  after: objectId.describe('What it is now; zeros where it was deleted'),
  pushOption: z
    .literal('ci.skip')
    .optional()
    .describe('Left out, or `ci.skip` where whoever pushed said so: no pipeline runs for it'),
});

export const webhookAnswerSchema = z.union([
  hookAnswerSchema,
  z.object({ ignored: z.string().describe('Why nothing comes of it') }).meta({ id: 'HookIgnored' }),
]);
