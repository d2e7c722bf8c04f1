import { z } from 'zod';
import type { PageRequest, Position } from '../store/page.ts';
import { HttpProblem } from './problem.ts';

/** Hides a place in a list in one opaque word. */
export function encodeCursor(position: Position | null): string | null {
  if (position === null) return null;
  return Buffer.from(JSON.stringify([position.at, position.id])).toString('base64url');
}

/** @throws HttpProblem 400 when the word is not one of ours */
export function pageRequest(query: { cursor?: string | undefined; limit: number }): PageRequest {
  if (query.cursor === undefined) return { after: null, limit: query.limit };
  const position = positionSchema.safeParse(query.cursor);
  if (!position.success) throw wrongCursor();
  return { after: { at: position.data[0], id: position.data[1] }, limit: query.limit };
}

const postgresTime = /^\d{4,6}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d{1,6})?[+-]\d\d(:\d\d){0,2}$/;

const positionSchema = z
  .base64url()
  .transform((text, context) => {
    try {
      return JSON.parse(Buffer.from(text, 'base64url').toString()) as unknown;
    } catch {
      context.addIssue({ code: 'custom', message: 'is not a cursor' });
      return z.NEVER;
    }
  })
  .pipe(z.tuple([z.string().regex(postgresTime), z.string()]));

function wrongCursor(): HttpProblem {
  return new HttpProblem({
    status: 400,
    code: 'invalid-request',
    detail: 'The cursor of the request is not one that this list gave.',
    hint: 'Send "next" of the page before, unchanged, or leave the cursor out to begin anew.',
    errors: [{ field: 'query.cursor', message: 'is not a cursor of this list' }],
  });
}
