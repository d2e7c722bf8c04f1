import type { Json, JsonObject } from './json.ts';

/** What the commands of a `run` step have left for later steps, by name; as it is stored with the step's end. */
export interface CommandOutputs extends JsonObject {
  outputs: Record<string, string>;
}

const mostNames = 64;
const mostNameLength = 64;
const mostValueBytes = 4096;
/** Nothing that keeps within the limits is longer, unless it says names again and again. */
export const mostOutputBytes = 1024 * 1024;

/** Also in a template: `${steps.ID.outputs.NAME}`. */
const outputNamePattern = /^[A-Za-z_][A-Za-z0-9_]{0,63}$/;

/**
 * Reads lines of `NAME=value`, of which the last one of a name counts; empty lines are passed over.
 * @returns or what is wrong with them, as a clause after the name of the file
 */
export function parseOutputs(text: string): { outputs: Record<string, string> } | { mistake: string } {
  const found = new Map<string, string>();
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    if (line === '') continue;
    const { name = '', value = '' } = /^(?<name>[^=]*)=(?<value>.*)$/s.exec(line)?.groups ?? {};
    const wrong = mistakeIn(name, value);
    if (wrong !== null) return { mistake: `line ${index + 1} ${wrong}` };
    found.set(name, value);
    if (found.size > mostNames) return { mistake: `has more than ${mostNames} names` };
  }
  return { outputs: Object.fromEntries(found) };
}

function mistakeIn(name: string, value: string): string | null {
  if (name.length > mostNameLength) return `has a name of more than ${mostNameLength} characters`;
  if (!outputNamePattern.test(name))
    return 'is not NAME=value, the name of letters, digits and underscores that does not begin with a digit';
  if (Buffer.byteLength(value) > mostValueBytes) return `has more than ${mostValueBytes} bytes for ${name}`;
  // Neither the database nor an environment takes it.
  return value.includes('\0') ? `has a character in ${name} that cannot be kept (NUL)` : null;
}

/** What a step has left by name; nothing of other kinds, and of steps that have written nothing. */
export function readOutputs(output: JsonObject | null | undefined): ReadonlyMap<string, string> {
  const stored: Json | undefined = output?.outputs;
  if (typeof stored !== 'object' || stored === null || Array.isArray(stored)) return new Map();
  return new Map(
    Object.entries(stored).filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
  );
}

/** The same, with its secrets covered: from here on it is kept and shown. */
export function coverOutputs(output: JsonObject, mask: (text: string) => string): JsonObject {
  const outputs = readOutputs(output);
  if (outputs.size === 0) return output;
  return { ...output, outputs: Object.fromEntries([...outputs].map(([name, value]) => [name, mask(value)])) };
}
