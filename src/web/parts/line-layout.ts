/** Where steps stand on the map of a pipeline: columns by what they need, rows so that a chain stays straight. */
export interface Station<S> {
  step: S;
  column: number;
  row: number;
}

export interface LineMap<S> {
  stations: Station<S>[];
  /** From a station to one that needs it. */
  tracks: { from: Station<S>; to: Station<S> }[];
  columns: number;
  rows: number;
}

interface Node {
  id: string;
  needs: readonly string[];
}

/** @param steps in the order of the file, which names a step before those that need it */
export function layOut<S extends Node>(steps: readonly S[]): LineMap<S> {
  const placed = new Map<string, Station<S>>();
  const taken = new Set<string>();
  for (const step of steps) {
    const before = step.needs.flatMap((id) => placed.get(id) ?? []);
    const column = Math.max(-1, ...before.map((station) => station.column)) + 1;
    let row = before.at(0)?.row ?? 0;
    while (taken.has(`${column}/${row}`)) row += 1;
    taken.add(`${column}/${row}`);
    placed.set(step.id, { step, column, row });
  }
  const stations = [...placed.values()];
  return {
    stations,
    tracks: stations.flatMap((to) =>
      to.step.needs.flatMap((id) => {
        const from = placed.get(id);
        return from === undefined ? [] : [{ from, to }];
      }),
    ),
    columns: Math.max(0, ...stations.map(({ column }) => column)) + 1,
    rows: Math.max(0, ...stations.map(({ row }) => row)) + 1,
  };
}
