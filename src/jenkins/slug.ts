/** A name as pipelines and steps have, made of any text. */
export function slug(text: string, otherwise: string): string {
  const plain = text
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .slice(0, 50)
    .replaceAll(/^-+|-+$/g, '');
  return plain === '' ? otherwise : plain;
}

/** The same, unlike any that is taken; it is taken then. */
export function freeSlug(text: string, taken: Set<string>): string {
  const first = slug(text, 'step');
  let free = first;
  for (let count = 2; taken.has(free); count++) free = `${first}-${count}`;
  taken.add(free);
  return free;
}
