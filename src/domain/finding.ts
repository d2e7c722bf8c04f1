/** What a look at one part of the machine has found. */
export interface Finding {
  /** What was looked at: `Docker engine`. */
  part: string;
  /** `problem`: the server, or runs that need the part, will fail; `warning`: it may hurt some day. */
  state: 'ok' | 'warning' | 'problem';
  /** One line. */
  text: string;
  /** What a person can do about it. */
  hint: string | null;
}

export function fine(part: string, text: string): Finding {
  return { part, state: 'ok', text, hint: null };
}

/** What a failed look says: its own words, and its hint where it has one. */
export function problem(part: string, error: unknown, hint: string | null = null): Finding {
  const own = error instanceof Error && 'hint' in error && typeof error.hint === 'string' ? error.hint : null;
  const text = error instanceof Error ? error.message : String(error);
  return { part, state: 'problem', text: text.split('\n', 1)[0] ?? '', hint: own ?? hint };
}
