export const minCores = 0.01;
export const maxCores = 1024;

/** For `z.number`. */
export const ruleOnCores = {
  error: ({ input }: { input?: unknown }) => {
    const meant = meantCores(input);
    return meant === null ? '' : `this is a number of cores, and no text\nwrite ${meant}`;
  },
};

/** The cores that somebody meant who wrote `500m`, as Kubernetes does, or quotes, as Compose wants them; null: that is not plain. */
function meantCores(written: unknown): number | null {
  if (typeof written !== 'string') return null;
  const [, count = '', unit = ''] =
    /^(\d{1,7}(?:\.\d{1,3})?)\s*(m|cpus?|cores?)?$/i.exec(written.trim()) ?? [];
  const cores = Number(count) / (unit.toLowerCase() === 'm' ? 1000 : 1);
  return count === '' || cores < minCores || cores > maxCores ? null : cores;
}
