/** A run of the pipeline `cart` for a move, as it is stored. */
export function runRow(id: string, { move, createdAt }: { move: number; createdAt?: Date }) {
  return {
    id,
    pipeline: 'cart',
    pipeline_source: '',
    definition: '{}',
    repository: 'shop',
    generation: 1,
    branch: 'trunk',
    move,
    revision: String(move),
    author: 'alice',
    message: `Change ${move}\nwith details`,
    identity: null,
    trigger: 'commit' as const,
    requested_by: 'hook',
    parameters: '{}',
    event_id: null,
    concurrency_group: id,
    created_at: createdAt ?? new Date(),
  };
}
