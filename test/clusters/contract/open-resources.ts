/** What keeps this process from ending at the moment, by kind: timers, sockets, child processes. */
export function openResources(): Map<string, number> {
  const counts = new Map<string, number>();
  for (const kind of process.getActiveResourcesInfo()) counts.set(kind, (counts.get(kind) ?? 0) + 1);
  return counts;
}

/** @throws Error that names what is open beyond that */
export function isNothingLeft(before: ReadonlyMap<string, number>): true {
  const left = [...openResources()].flatMap(([kind, count]) => {
    const more = count - (before.get(kind) ?? 0);
    return more > 0 ? [`${more} ${kind}`] : [];
  });
  if (left.length > 0) throw new Error(`still open: ${left.join(', ')}`);
  return true;
}
