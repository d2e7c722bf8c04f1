/** Why no node takes a pod, as a table for people: a row a node. Whatever is not as expected is left out. */
export function placementLines(placement: unknown): string[] {
  const { nodes, more } = recordOf(placement);
  const rows = (Array.isArray(nodes) ? nodes : []).map(recordOf).map(({ node, free, why }) => {
    const { cpu, memory } = recordOf(free);
    const reasons = Array.isArray(why) && why.length > 0 ? why.join('; ') : 'would take it';
    return [textOf(node), textOf(cpu), textOf(memory), reasons];
  });
  if (rows.length === 0) return [];
  const table = [['node', 'cpu free', 'memory free', 'why not'], ...rows];
  const widths = [0, 1, 2].map((column) => Math.max(...table.map((row) => (row[column] ?? '').length)));
  const line = (row: string[]) => row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ');
  const rest = typeof more === 'number' && more > 0 ? [`and ${more} more nodes`] : [];
  return [...table.map(line), ...rest].map((text) => `  ${text}`);
}

function recordOf(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : {};
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
