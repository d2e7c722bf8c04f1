/** A branch or tag of a Git repository as it was seen last. Unique: (repository, generation, ref). */
export interface GitRefTable {
  repository: string;
  generation: number;
  /** Its full name: `refs/heads/main`. */
  ref: string;
  /** null: deleted. */
  object_id: string | null;
  /** How often it has been seen to move. */
  move: number;
}
