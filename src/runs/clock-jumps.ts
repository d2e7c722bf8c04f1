/**
 * Compares a clock of the wall, which people and time servers set, with a steady one.
 * @returns a function to be given both again and again: by how many milliseconds the first was put forward since the last call,
 * negative for back; null at the first
 */
export function clockJumps(): (wallMs: number, steadyMs: number) => number | null {
  let lastAheadMs: number | null = null;
  return (wallMs, steadyMs) => {
    const aheadMs = wallMs - steadyMs;
    const jumpMs = lastAheadMs === null ? null : aheadMs - lastAheadMs;
    lastAheadMs = aheadMs;
    return jumpMs;
  };
}
