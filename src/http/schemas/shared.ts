import { z } from 'zod';

export const timestamp = z.iso.datetime().describe('ISO 8601, UTC');

/** Query of a list: where to go on, and how much. */
export const pageQuery = z.strictObject({
  cursor: z.string().max(300).optional().describe('`next` of the page before'),
  limit: z.coerce.number().int().min(1).max(200).default(50).describe('Entries of a page at most'),
});

/** One page of a list; `next` is null on the last one. */
export function pageOf<Item extends z.ZodType>(item: Item) {
  return z.object({
    items: z.array(item),
    next: z
      .string()
      .nullable()
      .describe('Send it as `cursor` for the next page; null: this was the last one'),
  });
}

export const noContent = z.undefined().describe('Done; there is nothing to say');

export function iso(date: Date): string;
export function iso(date: Date | null): string | null;
export function iso(date: Date | null): string | null {
  return date === null ? null : date.toISOString();
}
