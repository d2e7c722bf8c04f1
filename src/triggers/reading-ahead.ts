import type { SubversionWatch } from './watch.ts';

export interface ReadingAhead extends AsyncDisposable {
  /** The same repository; asked for the range that is being read already, it gives that. */
  scm: SubversionWatch['scm'];
}

/**
 * Begins to read revisions before it is certain that they are wanted, so that the start of the process and the database
 * do not wait for each other. Nothing comes of it unless somebody asks for exactly this range; disposing ends it.
 */
export function readAhead(
  scm: SubversionWatch['scm'],
  range: { from: number; to: number },
  signal: AbortSignal,
): ReadingAhead {
  const stop = new AbortController();
  const revisions = scm.revisions(range, AbortSignal.any([signal, stop.signal]))[Symbol.asyncIterator]();
  const first = revisions.next();
  const settled = first.then(
    () => {},
    () => {},
  );
  let isTaken = false;

  async function* take() {
    for (let item = await first; !item.done; item = await revisions.next()) yield item.value;
  }
  return {
    scm: {
      ...scm,
      revisions(wanted, wantedBy) {
        if (isTaken || wanted.from !== range.from || wanted.to !== range.to)
          return scm.revisions(wanted, wantedBy);
        isTaken = true;
        return take();
      },
    },
    async [Symbol.asyncDispose]() {
      stop.abort();
      await settled;
      await revisions.return?.();
    },
  };
}
