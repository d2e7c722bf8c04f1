/** Names of pipelines, steps, repositories, registries, environments: usable in URLs and Kubernetes labels. */
export const namePattern = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;

export const nameRule =
  'a name has 1 to 63 lower-case letters, digits and dashes, and begins and ends with a letter or digit';

/** What is wrong with a text that should be a name, with the nearest one after a line break. */
export function nameMistake(text: string): string {
  const near = text
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-+|-+$/g, '')
    .slice(0, 63)
    .replace(/-+$/, '');
  return near === '' ? nameRule : `${nameRule}\nfor example ${near}`;
}
