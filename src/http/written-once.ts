import { z } from 'zod';

/** Writes an answer as its schema has it; one that several get, or that is part of several, only the first time. */
export function writtenOnce<Schema extends z.ZodType<object>>(
  schema: Schema,
): (answer: z.output<Schema>) => string {
  const written = new WeakMap<object, string>();
  return (answer) => {
    const text = written.get(answer) ?? JSON.stringify(z.encode(schema, answer));
    written.set(answer, text);
    return text;
  };
}

export const jsonType = 'application/json; charset=utf-8';
