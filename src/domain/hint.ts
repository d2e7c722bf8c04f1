import { hintTexts } from './hint-texts.ts';

declare const isHint: unique symbol;

/** What helps against a cause, in English. `advise` alone makes it, so that it can be told in other languages too. */
export type Hint = string & { readonly [isHint]: true };

export type HintKey = keyof typeof hintTexts;

/** A sentence of a hint: which text, and what stands in its places. */
export interface ToldHint {
  key: HintKey;
  values: Record<string, string>;
}

type PlacesOf<Text> = Text extends `${string}{{${infer Place}}}${infer Rest}`
  ? Place | PlacesOf<Rest>
  : never;
type ValuesOf<Key extends HintKey> = [PlacesOf<(typeof hintTexts)[Key]>] extends [never]
  ? []
  : [Record<PlacesOf<(typeof hintTexts)[Key]>, string | number>];

const place = /\{\{(\w+)\}\}/g;

export function advise<Key extends HintKey>(key: Key, ...[values]: ValuesOf<Key>): Hint {
  return fillHint(hintTexts[key], values ?? {}) as Hint;
}

/** @param text of `hintTexts`, or the same in another language */
export function fillHint(text: string, values: Record<string, string | number>): string {
  return text.replaceAll(place, (_, name: string) => String(values[name]));
}

/** @param hints null: that one is not to be given */
export function joinHints(...hints: (Hint | null)[]): Hint {
  return hints.filter((one) => one !== null).join(' ') as Hint;
}

/** @returns the sentences that a stored hint was made of; undefined: of others than those of this version */
export function readHint(text: string): ToldHint[] | undefined {
  for (const { key, names, whole, last } of patterns) {
    const told = (values: string[]) => ({
      key,
      values: Object.fromEntries(names.map((name, at) => [name, values[at] ?? ''])),
    });
    const only = whole.exec(text);
    if (only !== null) return [told(only.slice(1))];
    const [, before, ...values] = last.exec(text) ?? [];
    const others = before === undefined ? undefined : readHint(before);
    if (others !== undefined) return [...others, told(values)];
  }
  return undefined;
}

/** What has more words of its own comes first: a place takes in whatever stands there, other sentences too. */
const patterns = (Object.keys(hintTexts) as HintKey[])
  .map((key) => {
    const names = [...hintTexts[key].matchAll(place)].map(([, name = '']) => name);
    const words = hintTexts[key].split(/\{\{\w+\}\}/);
    const pattern = words.map((part) => part.replaceAll(/[\\^$.*+?()[\]{}|]/g, String.raw`\$&`)).join('(.*)');
    return {
      ...{ key, names, length: words.join('').length },
      ...{ whole: new RegExp(`^${pattern}$`, 's'), last: new RegExp(`^(.*) ${pattern}$`, 's') },
    };
  })
  .toSorted((left, right) => right.length - left.length);
